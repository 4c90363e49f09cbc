/** The left column: the four documents and their sections. */
import { Plus } from "lucide";
import { useState } from "preact/hooks";
import type { Desk } from "../desk";
import { documents, readOnly } from "../state";
import type { Document } from "../types";
import { Icon } from "./icon";
import { NameField } from "./name-field";
import { OutlineRow } from "./outline-row";
import { ProjectMenu } from "./project-menu";
import { add } from "../sections";

export function Outline({ desk }: { desk: Desk }) {
  return (
    <nav class="outline" aria-label="Outline">
      <div class="outline-project">
        <ProjectMenu desk={desk} place="outline" />
      </div>
      {documents.value.map((document) => (
        <OutlineDocument key={document.id} desk={desk} document={document} />
      ))}
    </nav>
  );
}

function OutlineDocument({ desk, document }: { desk: Desk; document: Document }) {
  const [adding, setAdding] = useState(false);
  return (
    <section class="document" aria-labelledby={`outline-${document.id}`}>
      <div class="document-head">
        <h2 id={`outline-${document.id}`}>{document.label}</h2>
        {!readOnly.value && (
          <button
            type="button"
            class="button quiet tiny add"
            aria-label={`Add a section to ${document.label}`}
            title="Add a section"
            onClick={() => setAdding(true)}
          >
            <Icon of={Plus} size={14} />
          </button>
        )}
      </div>
      <ul>
        {document.sections.map((section, at) => (
          <OutlineRow key={section.id} desk={desk} document={document} section={section} at={at} />
        ))}
        {adding && !readOnly.value && (
          <li>
            <NameField
              label={`New section in ${document.label}`}
              placeholder="Name of the section"
              initial=""
              onDone={(name) => add(desk, document.id, name)}
              onClose={() => setAdding(false)}
            />
          </li>
        )}
      </ul>
    </section>
  );
}
