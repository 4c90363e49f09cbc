//! How a route is written down: its method, its path, what it asks of whoever calls it, and its handler.
//!
//! What it asks travels with the request to [`super::extract::Access`], the only way to a project, and stays in a list
//! that a test walks as every kind of user.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use super::App;
use crate::ground::role::Role;

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A session that has not ended.
    Session,
    /// At least this role in the project of the path.
    Role(Role),
    /// To be the owner of the project of the path, which is in the bin.
    Bin,
}

/// A line of the route table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The method; `GET` answers `HEAD` as well.
    pub method: Method,
    /// The path with its variables.
    pub path: &'static str,
    /// What it asks.
    pub needs: Needs,
}

/// The route table.
#[derive(Default)]
pub(super) struct Table {
    pub router: Router<App>,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn get<T: 'static>(
        self,
        needs: Needs,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.on(Method::GET, MethodFilter::GET, needs, path, handler)
    }

    pub fn post<T: 'static>(
        self,
        needs: Needs,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.on(Method::POST, MethodFilter::POST, needs, path, handler)
    }

    pub fn put<T: 'static>(
        self,
        needs: Needs,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.on(Method::PUT, MethodFilter::PUT, needs, path, handler)
    }

    pub fn patch<T: 'static>(
        self,
        needs: Needs,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.on(Method::PATCH, MethodFilter::PATCH, needs, path, handler)
    }

    pub fn delete<T: 'static>(
        self,
        needs: Needs,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.on(Method::DELETE, MethodFilter::DELETE, needs, path, handler)
    }

    fn on<T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        needs: Needs,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        let handler = Needing { needs, handler };
        self.router = self.router.route(path, on(filter, handler));
        self.rows.push(Row {
            method,
            path,
            needs,
        });
        self
    }
}

/// A handler that tells its extractors what its route asks.
#[derive(Clone)]
struct Needing<H> {
    needs: Needs,
    handler: H,
}

impl<T, H: Handler<T, App>> Handler<T, App> for Needing<H> {
    type Future = H::Future;

    fn call(self, mut request: Request, app: App) -> H::Future {
        request.extensions_mut().insert(self.needs);
        self.handler.call(request, app)
    }
}
