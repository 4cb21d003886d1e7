package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// serving holds for what serves, beside the hardening of all calls.
var serving = []setting{
	{"http.uploadpack", "true"},
	{"http.receivepack", "false"},
	{"http.getanyfile", "false"},
	{"uploadpack.allowAnySHA1InWant", "true"},
	{"pack.threads", "1"},
	{"pack.windowMemory", "64m"},
	{"pack.deltaCacheSize", "32m"},
}

// unansweredError means that nothing has been sent to the client yet.
type unansweredError struct{ err error }

func (e *unansweredError) Error() string { return e.err.Error() }
func (e *unansweredError) Unwrap() error { return e.err }

var protocolHeader = regexp.MustCompile(`^version=[0-9](:[a-z0-9=-]+)*$`)

// backend lets git answer a request, as its CGI program, and copies the answer out as
// it comes.
func (h *handler) backend(w http.ResponseWriter, r *http.Request, s *service, name string) (err error) {
	ctx, cancel := context.WithTimeout(r.Context(), h.o.Timeout)
	defer cancel()
	// Git may answer before it has read everything. Where that cannot be set, it is not needed.
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex()

	cmd := h.git.command(ctx, &call{args: []string{"http-backend"}, config: serving})
	cmd.Env = append(cmd.Env,
		"GIT_PROJECT_ROOT="+h.dir, "GIT_HTTP_EXPORT_ALL=1",
		"PATH_INFO=/"+name+s.suffix, "REQUEST_METHOD="+r.Method, "QUERY_STRING=",
		"CONTENT_TYPE="+s.contentType, "SERVER_PROTOCOL=HTTP/1.1", "GATEWAY_INTERFACE=CGI/1.1", "REMOTE_ADDR=", "REMOTE_USER=")
	if s.method == http.MethodGet {
		cmd.Env = append(cmd.Env, "QUERY_STRING=service=git-upload-pack")
	} else {
		body := http.MaxBytesReader(w, r.Body, h.o.MaxRequest)
		switch r.Header.Get("Content-Encoding") {
		case "gzip", "x-gzip": // unpacked here: git would unpack without a limit
			if cmd.Stdin, err = unpack(body, h.o.MaxRequest); err != nil {
				return err
			}
		default:
			cmd.Stdin = body
			if r.ContentLength >= 0 {
				cmd.Env = append(cmd.Env, "CONTENT_LENGTH="+strconv.FormatInt(r.ContentLength, 10))
			}
		}
	}
	if p := r.Header.Get("Git-Protocol"); protocolHeader.MatchString(p) && len(p) < 200 {
		cmd.Env = append(cmd.Env, "HTTP_GIT_PROTOCOL="+p, "GIT_PROTOCOL="+p)
	}
	var complaint tail
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return &unansweredError{err}
	}
	err = h.answer(w, out)
	if err != nil {
		cancel()
	}
	if end := cmd.Wait(); err == nil && end != nil {
		err = end
	}
	if err != nil {
		slog.DebugContext(r.Context(), "git http-backend", "repository", name, "error", err, "stderr", h.git.plain(complaint.String(), nil))
	}
	return err
}

// answer copies a CGI answer: headers, an empty line, the body. A server's usual deadline is not
// made for long answers: here each piece has one.
func (h *handler) answer(w http.ResponseWriter, out io.Reader) error {
	br := bufio.NewReaderSize(out, 64<<10)
	headers, err := textproto.NewReader(bufio.NewReader(io.LimitReader(byteReader{br}, 16<<10))).ReadMIMEHeader()
	if err != nil {
		return &unansweredError{fmt.Errorf("%w: no headers: %w", ErrBadAnswer, err)}
	}
	status := http.StatusOK
	if text := headers.Get("Status"); text != "" {
		code, _, _ := strings.Cut(text, " ")
		if status, err = strconv.Atoi(code); err != nil || status < 200 || status > 599 {
			return &unansweredError{fmt.Errorf("%w: status %.40q", ErrBadAnswer, text)}
		}
	}
	for _, name := range []string{"Content-Type", "Cache-Control", "Expires", "Pragma"} {
		if v := headers.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(status)
	control := http.NewResponseController(w)
	buf := make([]byte, 64<<10)
	var sent int64
	for {
		n, err := br.Read(buf)
		if n > 0 {
			if sent += int64(n); sent > h.o.MaxAnswer {
				return fmt.Errorf("%w: an answer of more than %d bytes", ErrLimit, h.o.MaxAnswer)
			}
			_ = control.SetWriteDeadline(time.Now().Add(h.o.Stall))
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			// Progress and keep-alive packets are small and are waited for.
			if n < 4096 {
				_ = control.Flush()
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// byteReader keeps a second buffer from taking more than the headers.
type byteReader struct{ r *bufio.Reader }

func (b byteReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := b.r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}
