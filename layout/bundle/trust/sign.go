package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"aead.dev/minisign"
)

// maxComment is the size in bytes that a trusted comment may have.
const maxComment = 1 << 10

// claim begins the untrusted comment of our signatures; the public key follows. That is how
// a root that trusts nobody yet comes by the key of the first signer.
const claim = "signature by offmirror, public key "

// Sign signs a message in minisign's prehashed form, as minisign -S does today, and returns
// the four lines of the signature. The trusted comment, one line of at most 1 KiB, is signed
// too. Equal input gives equal bytes.
func Sign(s Secret, message []byte, trustedComment string) ([]byte, error) {
	if s.IsZero() {
		return nil, errors.New("sign: there is no secret key")
	}
	if err := checkComment(trustedComment); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	r := minisign.NewReader(bytes.NewReader(message))
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return r.SignWithComments(s.key, trustedComment, claim+s.public.String()), nil
}

// checkComment refuses what would not come back from a signature as it went in, or
// would write on a terminal what it should not.
func checkComment(text string) error {
	if len(text) > maxComment {
		return fmt.Errorf("trusted comment: longer than %d bytes", maxComment)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unsafeRune) {
		return errors.New("trusted comment: want one line of plain text")
	}
	return nil
}

func unsafeRune(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
