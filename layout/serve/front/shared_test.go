package front

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
)

// counted is a site that counts how often it is asked how it stands.
type counted struct {
	http.Handler
	asked atomic.Int64
}

func (s *counted) State() ([]serve.State, error) {
	return []serve.State{{Ecosystem: "hex", Snapshot: "20261120T120000Z-1", Files: s.asked.Add(1)}}, nil
}

// Nobody can make the server work by asking how it is, and who asks as often as monitoring does is told what holds now.
func TestAnswersForThoseWhoWatchAreShared(t *testing.T) {
	for _, c := range []struct{ path, text string }{
		{"/readyz", `"files":%d,`},
		{"/metrics", "offmirror_snapshot_files{ecosystem=\"hex\"} %d\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			site := &counted{Handler: http.NotFoundHandler()}
			b := build(t, site, func(*Config) {})
			fresh := func() {
				t.Helper()
				want := fmt.Sprintf(c.text, site.asked.Load()+1)
				if got := b.ask("192.0.2.1:1", c.path); got.Code != 200 || !strings.Contains(got.Body.String(), want) {
					t.Errorf("%s: %d, no %q in %s", c.path, got.Code, want, got.Body)
				}
			}
			for range 20 { // several who ask every few seconds
				fresh()
				fresh()
				time.Sleep(2 * time.Second)
			}
			before := site.asked.Load()
			var flood sync.WaitGroup
			for i := range 1000 {
				flood.Go(func() {
					from := fmt.Sprintf("192.0.2.%d:1", i%250)
					if got := b.ask(from, c.path); got.Code != 200 || !strings.Contains(got.Body.String(), "hex") {
						t.Errorf("%s: %d %s", c.path, got.Code, got.Body)
					}
				})
			}
			flood.Wait()
			if n := site.asked.Load() - before; n > workedOutAtOnce {
				t.Errorf("%s was worked out %d times at once", c.path, n)
			}
			time.Sleep(workedOutEvery)
			fresh()
		})
	}
}

// Where the details are for some only, others get no more of the shared answer than before.
func TestSharedAnswersAreForWhomTheyAreMeant(t *testing.T) {
	site := &counted{Handler: http.NotFoundHandler()}
	b := build(t, site, func(c *Config) {
		t.Setenv("WATCHERS", "prometheus secret-token-of-prometheus")
		c.Access = map[string]Access{"metrics": {TokensEnv: "WATCHERS"}}
	})
	for range 2 * workedOutAtOnce {
		if got := b.ask("192.0.2.1:1", "/readyz"); got.Code != 200 || got.Body.String() != "ready\n" {
			t.Fatalf("%d %q", got.Code, got.Body)
		}
		if got := b.ask("192.0.2.1:1", "/metrics"); got.Code != 401 || strings.Contains(got.Body.String(), "hex") {
			t.Fatalf("%d %q", got.Code, got.Body)
		}
	}
}
