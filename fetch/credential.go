package fetch

// Credential is a secret for every URL that begins with Prefix. It is never
// sent elsewhere, not after a redirect either, and never logged.
type Credential struct {
	Prefix        string // a URL that ends in "/"
	Authorization string // the value of the Authorization header
}
