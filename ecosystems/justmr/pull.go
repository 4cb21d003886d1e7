package justmr

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/audit"
	"github.com/offmirror/offmirror/fetch"
)

var _ ecosystems.Puller = (*driver)(nil)

// Puller implements [ecosystems.Puller]: files under their content, blob/CONTENT/NAME, that the configurations or the
// audit of the snapshot name. The content proves them. Configurations are read once for each snapshot, those that are files;
// for others, and on machines that have none, the audit tells. Repositories of git are not pulled.
func (d *driver) Puller(in ecosystems.PullInput) ecosystems.PullFunc {
	p := &pulling{settings: d.settings, in: in}
	p.known = sync.OnceValue(p.read)
	return func(path string) (ecosystems.Pull, bool) {
		if !blobPath.MatchString(path) {
			return ecosystems.Pull{}, false
		}
		return ecosystems.Pull{
			Allowed: func() error {
				if p.known()[path] == nil {
					return fmt.Errorf("%w: no configuration names %s", fetch.ErrAbsent, path)
				}
				return nil
			},
			Get: func(ctx context.Context, w ecosystems.Workshop, follow fetch.Follower) (fetch.Object, error) {
				return p.known()[path].pull(ctx, w, follow)
			},
		}, true
	}
}

// blobPath is what the path of a file under its content looks like.
var blobPath = regexp.MustCompile(`^` + blobDir + `[0-9a-f]{40}/[A-Za-z0-9._+-]{1,200}$`)

// pulling is what a [driver.Puller] knows of one snapshot.
type pulling struct {
	*settings
	in    ecosystems.PullInput
	known func() map[string]*fileSource // by path in the tree
}

// maxAudit is far beyond the audit of any mirror, in bytes.
const maxAudit = 256 << 20

func (p *pulling) read() map[string]*fileSource {
	files := map[string]*fileSource{}
	if err := p.readAudit(files); err != nil {
		slog.Warn("what the mirror lacks is not known from its audit", "ecosystem", "justmr", "error", err)
	}
	if err := p.readConfigured(files); err != nil {
		slog.Info("what the mirror lacks is known from its audit only", "ecosystem", "justmr", "reason", err)
	}
	return files
}

// readConfigured adds the files of the configurations of this machine, which know more than the audit.
func (p *pulling) readConfigured(files map[string]*fileSource) error {
	configs, err := p.readFiles()
	if err != nil {
		return err
	}
	sources, err := p.gather(configs)
	if err != nil {
		return err
	}
	for _, f := range sources.files {
		if f.check() == nil {
			files[f.blobPath()] = f
		}
	}
	return nil
}

// readAudit adds the files of the snapshot's audit. Its URLs have lost their credentials.
func (p *pulling) readAudit(files map[string]*fileSource) error {
	e, ok := p.in.View.Lookup("audit.json")
	if !ok || e.IsLink() || e.Size > maxAudit {
		return fmt.Errorf("audit.json is not there, or has more than %d bytes", maxAudit)
	}
	body, err := p.in.View.Open(e)
	if err != nil {
		return err
	}
	defer body.Close()
	var entries []audit.Entry
	if err := json.NewDecoder(io.LimitReader(body, e.Size)).Decode(&entries); err != nil {
		return fmt.Errorf("audit.json: %w", err)
	}
	for _, entry := range entries {
		if f := audited(entry); f != nil {
			files[f.blobPath()] = f
		}
	}
	return nil
}

// audited returns a file as an audit knows it, or nil if the entry is about something else.
func audited(e audit.Entry) *fileSource {
	if e.Content == "" || e.Type == "git" || e.Type == "git tree" {
		return nil
	}
	f := &fileSource{content: e.Content, names: e.Names}
	for _, u := range e.URLs {
		f.place(u.URL, nil)
	}
	if e.SHA256 != "" {
		f.sha256s = []string{e.SHA256}
	}
	if e.SHA512 != "" {
		f.sha512s = []string{e.SHA512}
	}
	if name, ok := strings.CutPrefix(e.Path, blobDir+e.Content+"/"); ok {
		f.known = name
	}
	return f
}

// pull gets a file from the places that are known for it. What a configuration says is a file of this machine is none.
func (f *fileSource) pull(ctx context.Context, w ecosystems.Workshop, follow fetch.Follower) (fetch.Object, error) {
	r := f.request()
	if r.URL == "" {
		return fetch.Object{}, fmt.Errorf("%w: content %s has no place that can be asked", fetch.ErrAbsent, f.content)
	}
	r.Follow = follow
	return w.Fetch(ctx, r)
}
