package fetch

import (
	"fmt"
	"io"
	"os"
	"strings"
)

const maxNetrc = 1 << 20

// netrc looks a host up in a netrc file. The entry for its name comes before
// "default"; a port in the name is ignored, as netrc knows none.
func netrc(file, host string) (user, password string, found bool, err error) {
	file, err = expandHome(file)
	if err != nil {
		return "", "", false, err
	}
	f, err := os.Open(file)
	if err != nil {
		return "", "", false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNetrc+1))
	if err != nil {
		return "", "", false, err
	}
	if len(data) > maxNetrc {
		return "", "", false, fmt.Errorf("%s: larger than %d bytes", file, maxNetrc)
	}
	user, password, found = lookupNetrc(string(data), strings.ToLower(host))
	return user, password, found, nil
}

func lookupNetrc(text, host string) (user, password string, found bool) {
	if name, port, ok := strings.Cut(host, ":"); ok && !strings.Contains(port, ":") {
		host = name
	}
	var isDefault, mine bool
	tokens := netrcTokens(text)
	for i := 0; i < len(tokens); i++ {
		next := func() string {
			if i++; i < len(tokens) {
				return tokens[i]
			}
			return ""
		}
		switch tokens[i] {
		case "machine", "default":
			if found && !isDefault {
				return user, password, true
			}
			isDefault = tokens[i] == "default"
			mine = isDefault && !found || !isDefault && strings.EqualFold(next(), host)
			if mine {
				user, password, found = "", "", true
			}
		case "login":
			if v := next(); mine {
				user = v
			}
		case "password":
			if v := next(); mine {
				password = v
			}
		case "account":
			next()
		}
	}
	return user, password, found
}

// netrcTokens splits a netrc file into words, leaving out comments and macros,
// which reach from "macdef" to the next empty line.
func netrcTokens(text string) []string {
	var out []string
	inMacro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if inMacro {
			inMacro = line != ""
			continue
		}
		for word := range strings.FieldsSeq(line) {
			if strings.HasPrefix(word, "#") && (len(out) == 0 || out[len(out)-1] != "password") {
				break
			}
			if word == "macdef" {
				inMacro = true
				break
			}
			out = append(out, strings.Trim(word, `"`))
		}
	}
	return out
}
