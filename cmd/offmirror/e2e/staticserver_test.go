//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Ports below the range that the kernel gives away; the network is ours alone.
const (
	nginxAddress      = "127.0.0.1:8080"
	pythonAddress     = "127.0.0.1:8081"
	juliaNginxAddress = "127.0.0.1:8082"
	juliaGitAddress   = "127.0.0.1:8083"

	justmrNginxAddress = "127.0.0.1:8084"
)

// TestStaticServers has a mirror's tree handed out by servers that know nothing
// of offmirror.
func TestStaticServers(t *testing.T) {
	t.Run("nginx", testNginx)
	t.Run("python3_http.server", testPython)
}

// nginx with the configuration in examples does all that Hex's clients need.
func testNginx(t *testing.T) {
	t.Parallel()
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	m.nginx(nginxAddress)

	for _, s := range []system{trixie, sid} {
		served := newTap(t, "http://"+nginxAddress+"/hex")
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL + "/").trusts(r.publicKey)
		p.mix("deps.get").ok()
		p.says("Tree.name()", newestTree)
		e := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL + "/").trusts(r.publicKey)
		e.rebar3("get-deps").ok()
		e.says("branch", newestBranch)
		for _, x := range served.exchanges() {
			if len(x.response.Values("Content-Encoding")) > 0 {
				t.Errorf("nginx encoded %s: %v", x.path, x.response)
			}
		}
		served.missesOnly(versionCheck)
	}
}

// nginx serves the mirror with the configuration in examples and further ones, inside an http
// block that would compress whatever it is asked to, until the test ends.
func (m mirror) nginx(address string, more ...string) {
	m.t.Helper()
	h := home{t: m.t, system: trixie, dir: filepath.Dir(m.root)}
	site := readFile(m.t, "../../../examples/nginx/offmirror.conf")
	for _, swap := range [][2]string{
		{"listen 80;", "listen " + address + ";"}, {"listen [::]:80;", ""}, {"/srv/offmirror/mirror", m.root},
		{"unix:/run/fcgiwrap.socket", "unix:" + h.dir + "/fcgiwrap.socket"},
	} {
		if !strings.Contains(site, swap[0]) {
			m.t.Fatalf("examples/nginx/offmirror.conf lacks %q, which this test replaces", swap[0])
		}
		site = strings.ReplaceAll(site, swap[0], swap[1])
	}
	h.write("site.conf", strings.Join(append([]string{site}, more...), "\n"))
	h.write("nginx.conf", fmt.Sprintf(`user root;
daemon off;
pid %s/pid;
events {}
http {
  access_log off;
  include /etc/nginx/mime.types;
  gzip on;
  gzip_types *;
  gzip_min_length 1;
  gzip_proxied any;
  include site.conf;
}
`, h.dir))
	h.serve(address, "sh", "-c", `mount -t tmpfs tmpfs /var/lib/nginx
fcgiwrap -s unix:$HOME/fcgiwrap.socket &
exec nginx -e stderr -c $HOME/nginx.conf`)
}

// Python's file server sends no ETag: mix works, rebar3 cannot. It must be given
// the tree and not the root, which holds the mirror's keys too.
func testPython(t *testing.T) {
	t.Parallel()
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	h := home{t: t, system: trixie, dir: filepath.Dir(m.root)}
	address, port, _ := strings.Cut(pythonAddress, ":")
	h.serve(pythonAddress, "python3", "-m", "http.server", "--bind", address, "--directory", filepath.Join(m.root, "hex"), port)

	for _, s := range []system{trixie, sid} {
		served := newTap(t, "http://"+pythonAddress)
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		p.mix("deps.get").ok()
		p.says("Tree.name()", newestTree)
		served.missesOnly(versionCheck)
		e := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		e.rebar3("get-deps").fails("Failed to fetch and copy dep")
	}
}

// serve starts a server in the system and waits until it listens at address. It
// ends with the test.
func (h home) serve(address string, argv ...string) {
	h.t.Helper()
	cmd := exec.Command("clients/in-chroot", append([]string{string(h.system), h.dir}, argv...)...)
	said := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	h.t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for deadline := time.Now().Add(patience); ; {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			h.t.Fatalf("%s: ended with %v\n%s", strings.Join(argv, " "), err, said)
		case <-time.After(50 * time.Millisecond):
			if time.Now().After(deadline) {
				h.t.Fatalf("%s: does not listen at %s", strings.Join(argv, " "), address)
			}
		}
	}
}
