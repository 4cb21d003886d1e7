package resolve

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Root names packages and their versions, as a person does.
type Root struct {
	Name   string      // "" if it is known by UUID alone
	UUID   uuid.UUID   // zero if it is known by name alone
	Compat version.Set // as in a Project.toml; everything if none was given
	text   string
}

// maxName is the longest name of a package, in bytes.
const maxName = 255

// ParseRoot reads an entry such as "JSON", "JSON@0.21, 1", "Plots ~1.40" or
// "Example=7876af07-990d-54b4-ab0e-23690620f79a@0.5". Instead of the name there may be a UUID alone.
func ParseRoot(entry string) (Root, error) {
	fail := func(format string, args ...any) (Root, error) {
		return Root{}, fmt.Errorf("package %.100q %s", entry, fmt.Sprintf(format, args...))
	}
	who, compat := strings.TrimSpace(entry), ""
	if i := strings.IndexAny(who, "@ \t"); i >= 0 {
		who, compat = who[:i], strings.TrimSpace(who[i:])
		compat = strings.TrimSpace(strings.TrimPrefix(compat, "@"))
		if compat == "" {
			return fail("has no versions behind its name; write them like JSON@0.21, or leave out the sign")
		}
	}
	r := Root{Compat: version.Any(), text: strings.TrimSpace(entry)}
	name, id, both := strings.Cut(who, "=")
	if parsed, err := uuid.Parse(name); err == nil && !both {
		name, r.UUID = "", parsed
	}
	if both {
		parsed, err := uuid.Parse(id)
		if err != nil {
			return fail("has no UUID behind \"=\"; write versions like JSON@0.21")
		}
		r.UUID = parsed
	}
	r.Name = name
	switch {
	case r.UUID.IsZero() && name == "", both && name == "":
		return fail("has no name")
	case strings.HasSuffix(name, ".jl"):
		return fail("is the name of a repository; the package is called %q", strings.TrimSuffix(name, ".jl"))
	case !validName(name):
		return fail("is neither a name nor a UUID; write it like JSON, or JSON@0.21 with versions")
	}
	if compat != "" {
		set, err := version.ParseCompat(compat)
		if err != nil {
			return fail("has versions that cannot be read: %v", err)
		}
		r.Compat = set
	}
	return r, nil
}

// validName admits what Julia's identifiers consist of, and a little more.
func validName(s string) bool {
	return len(s) <= maxName && !strings.ContainsFunc(s, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) && c != '_' && c != '!'
	})
}

// String returns the entry that the Root was made from.
func (r Root) String() string { return r.text }

// names reports whether the root means a package, whatever the version.
func (r Root) names(p *registry.Package) bool {
	if !r.UUID.IsZero() {
		return r.UUID == p.UUID
	}
	return r.Name == p.Name
}
