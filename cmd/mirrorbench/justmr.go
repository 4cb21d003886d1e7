package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

const (
	justmrPeer  = "curl --parallel, git clone --mirror"
	justmrFirst = "first sync"
	justmrAgain = "sync without changes"
)

// justmrClones is how many repositories are cloned at once, as offmirror does it.
const justmrClones = 4

// justMR measures syncs of the sources that all public configurations of just-mr name, beside what fetches
// them without proof, without the URLs that are dead, and without anything that clients could use.
func justMR(ctx context.Context, b *Bench) (t Table, err error) {
	t = Table{
		Section: "justmr",
		Title: fmt.Sprintf("%d archives of %.0f MB in all, and %d commits of git repositories, without latency",
			justmrtest.PublicArchives, float64(b.SourceBytes)/1e6, justmrtest.PublicCommits),
		Columns: []Column{wallColumn, offmirrorColumn, spreadColumn, requestsColumn, cpuColumn},
	}
	if b.Profile != "" {
		t.Rows = []Row{{Name: justmrFirst, Remark: "not profiled"}}
		return t, nil
	}
	b.remark("generating the sources of just-mr")
	up, stop, err := justmrtest.Start(ctx, 3)
	if err != nil {
		return Table{}, err
	}
	defer stop()
	config, err := up.Public(ctx, int(b.SourceBytes/justmrtest.PublicArchives))
	if err != nil {
		return Table{}, err
	}
	j := justmrJob{b, up, config}
	contenders := []contender{{names: []string{justmrFirst, justmrAgain}, run: j.syncs}}
	if installed("curl") {
		contenders = append(contenders, contender{names: []string{justmrPeer}, run: j.fetch})
	}
	runs, err := b.compete(ctx, "justmr", contenders)
	if err != nil {
		return Table{}, err
	}
	first := medianByWall(runs[justmrFirst]).Wall
	for _, name := range []string{justmrPeer, justmrFirst, justmrAgain} {
		if len(runs[name]) == 0 {
			t.Rows = append(t.Rows, Row{Name: name, Remark: "missing"})
			continue
		}
		r := Row{Name: name, Figures: commonFigures(runs[name])}
		r.Figures[offmirrorColumn.Key] = ratio(medianByWall(runs[name]).Wall, first)
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}

// justmrJob is what the contenders do.
type justmrJob struct {
	*Bench
	up     *justmrtest.Upstream
	config *justmrtest.Config
}

// measure counts the requests of a command.
func (j justmrJob) measure(ctx context.Context, c Command) (Measurement, error) {
	j.up.ResetLog()
	m, err := c.Run(ctx)
	m.Upstream.Requests = int64(len(j.up.Requests()))
	return m, err
}

func (j justmrJob) syncs(ctx context.Context, folder string) ([]Measurement, error) {
	repos, config := folder+"/repos.json", folder+"/offmirror.toml"
	text := fmt.Sprintf("root = %q\n[justmr]\nconfigs = [%q]\n", folder+"/mirror", repos)
	err := errors.Join(os.WriteFile(repos, j.config.JSON(), 0o644), os.WriteFile(config, []byte(text), 0o644))
	if err != nil {
		return nil, err
	}
	var all []Measurement
	for range 2 {
		c := Command{Args: []string{j.Offmirror, "sync", "justmr", "--quiet", "--config", config}, Dir: folder}
		m, err := j.measure(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// fetch is told where each archive really is, and of each repository once.
func (j justmrJob) fetch(ctx context.Context, folder string) ([]Measurement, error) {
	var archives, clones strings.Builder
	known := map[string]bool{}
	for _, r := range j.config.Repositories {
		root, _ := r["repository"].(justmrtest.Object)
		switch root["type"] {
		case "file":
		case "git":
			url := root["repository"].(string)
			if plain := strings.TrimSuffix(url, ".git"); !known[plain] {
				known[plain] = true
				fmt.Fprintf(&clones, "%s\n", url)
			}
		default:
			url := root["fetch"].(string)
			if mirrors, ok := root["mirrors"].([]string); ok {
				url = mirrors[0]
			}
			fmt.Fprintf(&archives, "url = %q\noutput = %q\n", url, root["content"])
		}
	}
	err := errors.Join(os.WriteFile(folder+"/archives", []byte(archives.String()), 0o644), os.WriteFile(folder+"/clones", []byte(clones.String()), 0o644))
	if err != nil {
		return nil, err
	}
	m, err := j.measure(ctx, shell(folder, fmt.Sprintf(`curl --disable --silent --show-error --fail --noproxy '*' --parallel --parallel-immediate --parallel-max %d --config archives &
xargs -P %d -n 1 git clone --quiet --mirror <clones
wait $!`, j.Concurrency, justmrClones)))
	return []Measurement{m}, err
}
