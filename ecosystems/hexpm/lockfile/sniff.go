package lockfile

import (
	"regexp"
	"strings"
)

// formatOf tells the format by the name of the file, or else by its content.
func formatOf(name, text string) (f Format, known bool) {
	base := name[strings.LastIndexAny(name, `/\`)+1:]
	switch f = Format(base); f {
	case Mix, Rebar, Gleam:
		return f, true
	}
	return sniff(text)
}

var (
	tomlHeader = regexp.MustCompile(`^\[\[?[A-Za-z_."-]+\]\]?\s*(#.*)?(\n|$)`)
	tomlKey    = regexp.MustCompile(`^[A-Za-z_"-]+\s*=`)
	erlangHead = regexp.MustCompile(`^(\[\s*(\]|\{\s*<<|\{\s*[a-z'"])|\{\s*"[0-9.]+"\s*,)`)
	elixirHead = regexp.MustCompile(`^(%\{|\[\s*("[^"\n]*"|[a-z_0-9]+):)`)
)

// sniff looks at the beginning of the content behind blank lines and comments,
// which Elixir and TOML begin with "#" and Erlang with "%".
func sniff(text string) (f Format, known bool) {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		switch {
		case elixirHead.MatchString(text):
			return Mix, true
		case strings.HasPrefix(text, "#"), strings.HasPrefix(text, "%"):
			_, text, _ = strings.Cut(text, "\n")
		case erlangHead.MatchString(text):
			return Rebar, true
		case tomlHeader.MatchString(text), tomlKey.MatchString(text):
			return Gleam, true
		default:
			return "", false
		}
	}
}
