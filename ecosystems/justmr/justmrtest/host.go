package justmrtest

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Host is a server of files and git repositories.
type Host struct {
	u      *Upstream
	url    string
	folder string // of its repositories
	git    http.Handler

	mu     sync.Mutex
	files  map[string][]byte // by path and query
	down   bool
	faults map[string]*fault // by path and query
}

// fault is what is wrong with a file.
type fault struct {
	status int // 0: none
	times  int // negative: always
	edit   func([]byte) []byte
	kind   string // the Content-Type, if it is not that of any bytes
}

// URL returns the URL of the host, without a slash at the end. Its host name is an address.
func (h *Host) URL() string { return h.url }

// Put serves data at a path, which begins with a slash and may have a query, and returns the URL.
func (h *Host) Put(path string, data []byte) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files[path] = data
	return h.url + path
}

// Remove answers 404 for a path from now on.
func (h *Host) Remove(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.files, path)
}

// Fail answers so many requests for a path, or all if times is negative, with a status.
func (h *Host) Fail(path string, status, times int) {
	h.fault(path, &fault{status: status, times: times})
}

// Tamper passes what is served at a path through edit, which must not change its argument.
func (h *Host) Tamper(path string, edit func([]byte) []byte) {
	h.fault(path, &fault{times: -1, edit: edit})
}

// Page answers requests for a path with a page that says sorry, and status 200.
func (h *Host) Page(path string) {
	page := []byte("<!doctype html><title>Sorry</title><p>This file is not here.\n")
	h.fault(path, &fault{times: -1, kind: "text/html; charset=utf-8", edit: func([]byte) []byte { return page }})
}

// Heal ends what Fail, Tamper and Page began.
func (h *Host) Heal(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.faults, path)
}

// Down makes the host break every connection before it answers, or come back.
func (h *Host) Down(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

func (h *Host) fault(path string, f *fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults[path] = f
}

// ServeHTTP answers as a file server does, and below /git/ as a git server.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var once sync.Once
	path := r.URL.RequestURI()
	noted := &noting{w, func(status int) {
		once.Do(func() { h.u.record(Request{h.url, r.Method, path, r.Header.Clone(), status}) })
	}}
	h.mu.Lock()
	down := h.down
	h.mu.Unlock()
	if down {
		noted.note(0)
		panic(http.ErrAbortHandler)
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, gitPrefix); ok {
		inside := r.Clone(r.Context())
		inside.URL.Path, inside.URL.RawPath = "/"+h.folder+"/"+withSuffix(rest), ""
		h.git.ServeHTTP(noted, inside)
		return
	}
	data, kind, status := h.answer(path)
	if status != http.StatusOK {
		http.Error(noted, http.StatusText(status), status)
		return
	}
	noted.Header().Set("Content-Type", kind)
	noted.Header().Set("Content-Length", strconv.Itoa(len(data)))
	noted.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = noted.Write(data)
	}
}

func (h *Host) answer(path string) (data []byte, kind string, status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	data, ok := h.files[path]
	kind, status = "application/octet-stream", http.StatusOK
	if !ok {
		status = http.StatusNotFound
	}
	f := h.faults[path]
	if f == nil || f.times == 0 {
		return data, kind, status
	}
	f.times = max(f.times-1, -1)
	if f.status != 0 {
		return nil, "", f.status
	}
	if f.kind != "" {
		kind, status = f.kind, http.StatusOK
	}
	return f.edit(data), kind, status
}

// withSuffix adds ".git" to the name of a repository in a path, as most servers take either.
func withSuffix(path string) string {
	for _, end := range []string{"/info/refs", "/git-upload-pack"} {
		if name, ok := strings.CutSuffix(path, end); ok {
			return strings.TrimSuffix(name, ".git") + ".git" + end
		}
	}
	return path
}
