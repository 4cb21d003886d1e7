package gitrepo

// Error is a constant error of this package.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What callers tell apart. What a transport says is told apart by the errors of package fetch:
// fetch.ErrAbsent for a repository that does not exist, fetch.ErrUnauthorized.
const (
	ErrNoGit     Error = "git 2.31 or later is needed; install it, or name it in the configuration"
	ErrURL       Error = "not a URL that can be mirrored"
	ErrLocal     Error = "a repository on this machine can only be mirrored if the configuration names it"
	ErrNotFound  Error = "no such object in the repository"
	ErrNoRepo    Error = "no such repository in the mirror"
	ErrLimit     Error = "git exceeded a limit"
	ErrDamaged   Error = "the repository is damaged"
	ErrLacks     Error = "the repository lacks a commit"
	ErrTimeout   Error = "git took too long"
	ErrBadAnswer Error = "git gave an answer that makes no sense"
)
