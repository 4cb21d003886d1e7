package justmr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
)

// isFileURL reports whether a URL names a file of the machine that it is used on.
func isFileURL(raw string) bool { return strings.HasPrefix(strings.ToLower(raw), "file://") }

// keepNames lets files keep the names that they have here.
func (p *planner) keepNames() {
	if p.in.Previous == nil {
		return
	}
	for _, f := range p.sources.sortedFiles() {
		for e := range p.in.Previous.All(blobDir + f.content + "/") {
			f.known = path.Base(e.Path)
			break
		}
	}
}

// obtainFile gets a file, and takes down what is to be known of it.
func (p *planner) obtainFile(ctx context.Context, w ecosystems.Workshop, f *fileSource) (fetch.Object, error) {
	o, err := p.fetchFile(ctx, w, f)
	if err != nil {
		return o, err
	}
	body, err := w.Open(o)
	if err != nil {
		return o, err
	}
	defer body.Close()
	content := io.NewSectionReader(body, 0, o.Size)
	// The store answers by SHA-256 alone, if the configuration gives one.
	if err := f.prove(content); err != nil {
		return o, err
	}
	if !p.recall(f) {
		known, err := examine(content)
		if err != nil {
			return o, fmt.Errorf("%s: %w", f.blobPath(), err)
		}
		known.FirstSeen = p.in.Now
		p.mu.Lock()
		p.next.Facts[f.content] = known
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got[f.content] = o
	return o, nil
}

// fetchFile gets the bytes from where they are: elsewhere, or else on this machine.
func (p *planner) fetchFile(ctx context.Context, w ecosystems.Workshop, f *fileSource) (fetch.Object, error) {
	r := f.request()
	r.Tried = p.noteLink
	err := fmt.Errorf("%w: content %s", fetch.ErrAbsent, f.content)
	if r.URL != "" {
		o, err2 := w.Fetch(ctx, r)
		if err = err2; err == nil || ctx.Err() != nil || fetch.IsLocal(err) {
			return o, err
		}
	}
	for _, u := range f.local {
		o, err2 := readLocal(ctx, w, f, u)
		p.noteLink(fetch.Attempt{URL: u, Err: err2})
		if err2 == nil || ctx.Err() != nil {
			return o, err2
		}
		err = errors.Join(err, fmt.Errorf("%s: %w", u, err2))
	}
	if !slices.ContainsFunc(append([]string{r.URL}, r.Mirrors...), canFetch) && !errors.Is(err, fetch.ErrAbsent) {
		err = fmt.Errorf("%w: no URL that can be fetched: %w", fetch.ErrAbsent, err)
	}
	return fetch.Object{}, oneLine(err)
}

// canFetch reports whether the engine can try a URL at all.
func canFetch(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https")) && u.Host != ""
}

// oneLine is an error in one line, whatever was joined.
func oneLine(err error) error {
	if !strings.Contains(err.Error(), "\n") {
		return err
	}
	return &lineError{err}
}

type lineError struct{ error }

func (e *lineError) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }
func (e *lineError) Unwrap() error { return e.error }

// readLocal takes a file of this machine, which a configuration of this machine names.
func readLocal(ctx context.Context, w ecosystems.Workshop, f *fileSource, raw string) (fetch.Object, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host != "" || u.Path == "" {
		return fetch.Object{}, errors.New("want file:///PATH")
	}
	in, err := os.Open(u.Path)
	if errors.Is(err, os.ErrNotExist) {
		return fetch.Object{}, fetch.ErrAbsent
	}
	if err != nil {
		return fetch.Object{}, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return fetch.Object{}, errors.New("no regular file")
	}
	if err := f.prove(io.NewSectionReader(in, 0, info.Size())); err != nil {
		return fetch.Object{}, err
	}
	return w.Write(ctx, "", func(dst io.Writer) error {
		_, err := io.Copy(dst, io.NewSectionReader(in, 0, info.Size()))
		return err
	})
}

// prove compares bytes with all that the configurations say of them.
func (f *fileSource) prove(body *io.SectionReader) error {
	want := f.request().Want
	var algorithms []digest.Algorithm
	for _, d := range want {
		algorithms = append(algorithms, d.Algorithm)
	}
	h, err := digest.NewHasher(body.Size(), algorithms...)
	if err != nil {
		return err
	}
	if _, err := io.Copy(h, io.NewSectionReader(body, 0, body.Size())); err != nil {
		return err
	}
	got, err := h.Finish(body)
	if err != nil {
		return err
	}
	for _, d := range want {
		if !slices.Contains(got, d) {
			return fmt.Errorf("%w: the bytes are not %s", fetch.ErrWrongBytes, d)
		}
	}
	return nil
}

// contradiction returns what a configuration says of a content that is here and that is not so.
func (p *planner) contradiction(f *fileSource, o fetch.Object) error {
	p.mu.Lock()
	known := p.next.Facts[f.content]
	p.mu.Unlock()
	if slices.ContainsFunc(f.sha256s, func(sum string) bool { return sum != o.ID.String() }) {
		return fmt.Errorf("%w: content %s has the sha256 %s, not %s", errConflict, f.content, o.ID, f.sha256s[0])
	}
	if slices.ContainsFunc(f.sha512s, func(sum string) bool { return sum != known.SHA512 }) {
		return fmt.Errorf("%w: content %s has the sha512 %s, not %s", errConflict, f.content, known.SHA512, f.sha512s[0])
	}
	return nil
}
