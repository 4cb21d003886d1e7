package repos

import "strings"

// Distfile returns the name by which just-mr looks for the file of a URL in distdirs, if
// the configuration gives no other: all that follows the last slash of the whole URL,
// query and fragment too, nothing decoded. It is empty for a URL that ends in a slash.
func Distfile(url string) string {
	return url[strings.LastIndexByte(url, '/')+1:]
}

// CheckDistfile returns what is wrong with a name of a file in a distdir, or "". just-mr
// itself writes wherever such a name leads.
func CheckDistfile(name string) string {
	switch {
	case name == "":
		return "an empty name, which no distdir can have"
	case name == "." || name == "..":
		return "no name of a file"
	case strings.ContainsAny(name, "/\\\x00"):
		return "it leads into another folder"
	}
	return ""
}
