package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// upstream asks for what is still wanted where it came from: at first from the places that follow
// from paths and indexes, then by plans.
func (r *mender) upstream(ctx context.Context) error {
	asked := [][]byte{}
	for _, id := range r.v.lists {
		if r.neededBy(id) == nil {
			continue
		}
		header, err := r.v.history.Header(id)
		if err != nil {
			continue // it was forgotten
		}
		drivers := r.drivers(header, id == r.v.Snapshot)
		for _, driver := range drivers {
			if recoverer, ok := driver.(ecosystems.Recoverer); ok {
				if err := r.recover(ctx, recoverer, id); err != nil {
					return err
				}
			}
		}
		if r.neededBy(id) == nil || containsBytes(asked, header.Config) {
			continue
		}
		asked = append(asked, header.Config)
		for _, driver := range drivers {
			// What one plan got back may be what the next one makes the rest of.
			for before := math.MaxInt; before > len(r.neededBy(id)) && r.neededBy(id) != nil; {
				before = len(r.neededBy(id))
				if err := r.plan(ctx, driver); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func containsBytes(all [][]byte, one []byte) bool {
	for _, other := range all {
		if bytes.Equal(other, one) {
			return true
		}
	}
	return false
}

// neededBy returns what is still wanted of a snapshot.
func (r *mender) neededBy(snapshot string) (all []*salvage.Wanted) {
	for _, w := range r.open() {
		for _, place := range w.Places {
			if place.Snapshot == snapshot {
				all = append(all, w)
				break
			}
		}
	}
	return all
}

// drivers are the ones that may know about a snapshot: that of the configuration, which has
// credentials, and that of the options which the snapshot was made with.
func (r *mender) drivers(header layout.Header, current bool) (drivers []ecosystems.Driver) {
	if r.job.Driver != nil && current {
		drivers = append(drivers, r.job.Driver)
	}
	eco := r.job.Ecosystem
	if eco.Options == nil || eco.New == nil || len(header.Config) == 0 {
		return drivers
	}
	options := eco.Options()
	err := r.m.Recall(eco.Name, header.Config, options)
	if err == nil {
		var driver ecosystems.Driver
		if driver, err = eco.New(options); err == nil {
			return append(drivers, driver)
		}
	}
	r.m.cfg.Logger.Info("the options of snapshot "+header.ID+" make no driver here", "error", err)
	return drivers
}

// recover fetches what the driver knows a place for.
func (r *mender) recover(ctx context.Context, driver ecosystems.Recoverer, id string) error {
	needed := r.neededBy(id)
	if len(needed) == 0 {
		return nil
	}
	snapshot, err := r.v.history.Load(id)
	if err != nil {
		return nil //nolint:nilerr // it was forgotten
	}
	entries := make([]layout.Entry, len(needed))
	for i, w := range needed {
		for _, place := range w.Places {
			if e, ok := snapshot.Lookup(place.Path); ok && e.Object == w.ID {
				entries[i] = e
			}
		}
	}
	for id := range r.fixed {
		delete(r.v.bad, id) // the driver may read it
	}
	requests := map[store.ID]fetch.Request{}
	for i, q := range driver.Recover(ctx, soundView{snapshot, r.v}, entries) {
		if i < len(needed) && q.URL != "" {
			requests[needed[i].ID] = q
		}
	}
	return r.each(ctx, func(ctx context.Context, w *salvage.Wanted) error {
		q, ok := requests[w.ID]
		if !ok {
			return nil
		}
		return r.settle(ctx, w, fetch.Redact(q.URL), r.sink(w).Request(ctx, q))
	})
}

// errUnwanted is why a plan of a repair does not get what the mirror never had.
var errUnwanted = errors.New("not needed for the repair")

// plan has the driver plan as for a deep sync, but of what has to be fetched only what is wanted. Nothing
// is published, and the driver remembers nothing.
func (r *mender) plan(ctx context.Context, driver ecosystems.Driver) error {
	paths, ids := map[string]bool{}, map[string]bool{}
	for _, w := range r.open() {
		if err := r.setAside(w.ID); err != nil {
			return err
		}
		ids[w.ID.String()] = true
		for _, place := range w.Places {
			paths[place.Path] = true
		}
	}
	job := r.job
	job.Driver = driver
	job.Selection = ecosystems.Selection{Deep: true, AllowShrink: true, AllowRollback: true, AllowPartial: true}
	s, err := r.m.newSession(job, r.m.cfg.Now())
	if err != nil {
		return err
	}
	s.afresh = true
	s.room = boundless() // what a whole sync would need does not matter
	s.only = func(path string, q fetch.Request) bool {
		for _, want := range q.Want {
			if ids[want.Hex] {
				return true
			}
		}
		return paths[path]
	}
	s.run = s.newRun()
	err = s.reason(s.gather(ctx))
	if errors.Is(err, ecosystems.ErrUnchanged) {
		s.state.forget()
		s.run = s.newRun()
		err = s.reason(s.gather(ctx))
	}
	r.m.regret(nil, "what was learned of upstreams is not kept", s.close())
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, store.ErrFull):
		return err
	case err != nil:
		r.m.cfg.Logger.Warn("the plan of "+r.v.Ecosystem+", by which lost files are looked for upstream, failed", "error", err)
	}
	return r.each(ctx, func(ctx context.Context, w *salvage.Wanted) error {
		if r.m.store.Prove(ctx, w.ID, w.Size) == nil {
			return r.settle(ctx, w, "upstream", nil)
		}
		reason := errors.New("it has other bytes by now, or was not asked for them")
		if err != nil {
			reason = fmt.Errorf("the plan failed: %v", err) //nolint:errorlint // whatever it is, it is not that this object is absent
		}
		return r.settle(ctx, w, "upstream", reason)
	})
}
