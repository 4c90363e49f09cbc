/** Light or dark, and the size of the text. */
import { Monitor, Moon, Sun } from "lucide";
import { useState } from "preact/hooks";
import type { Desk } from "../desk";
import { chooseTheme, rememberedTheme, resize, type Theme } from "../theme";
import { Icon } from "./icon";
import { Menu, type MenuItem } from "./menu";

const THEMES: { theme: Theme; label: string }[] = [
  { theme: "system", label: "As the system" },
  { theme: "light", label: "Light" },
  { theme: "dark", label: "Dark" },
];

export function Appearance({ desk }: { desk: Desk }) {
  const [theme, setTheme] = useState(rememberedTheme);
  const size = (step: 1 | -1 | 0) => () => {
    resize(step);
    desk.measure();
  };
  const items: MenuItem[] = [
    ...THEMES.map((one) => ({
      label: one.label,
      checked: one.theme === theme,
      run: () => {
        chooseTheme(one.theme);
        setTheme(one.theme);
      },
    })),
    { label: "Larger text", apart: true, stays: true, run: size(1) },
    { label: "Smaller text", stays: true, run: size(-1) },
    { label: "Usual text size", stays: true, run: size(0) },
  ];
  return (
    <Menu label="Appearance" title="Appearance" class="button quiet square" items={items}>
      <Icon of={{ system: Monitor, light: Sun, dark: Moon }[theme]} />
    </Menu>
  );
}
