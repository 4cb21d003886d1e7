package access

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/offmirror/offmirror/layout/serve/reload"
)

// Source is where lines with secrets come from. At most one of the two is given.
type Source struct {
	File string // read again when it changes
	Env  string // name of an environment variable that holds the lines
}

// Given reports whether there is a source.
func (s Source) Given() bool { return s != Source{} }

// kept is what a source holds, as far as it could be understood.
type kept[T any] struct {
	source Source
	parse  func(text string) (T, error)
	log    *slog.Logger

	mu     sync.RWMutex
	now    T
	looked time.Time
	stamp  reload.Stamp
	failed string // what the log was told last
}

// keep reads a source for the first time. What is not given holds nothing.
func keep[T any](s Source, parse func(string) (T, error), log *slog.Logger) (*kept[T], error) {
	k := &kept[T]{source: s, parse: parse, log: log}
	var text string
	switch {
	case s.File != "" && s.Env != "":
		return nil, fmt.Errorf("%s and $%s: give one of the two", s.File, s.Env)
	case s.File != "":
		data, stamp, err := reload.Read(s.File)
		if err != nil {
			return nil, err
		}
		text, k.stamp, k.looked = string(data), stamp, time.Now()
	case s.Env != "":
		value, ok := os.LookupEnv(s.Env)
		if !ok {
			return nil, fmt.Errorf("the environment variable %s is not set", s.Env)
		}
		text = value
	}
	var err error
	if k.now, err = parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", k.name(), err)
	}
	return k, nil
}

func (k *kept[T]) name() string {
	if k.source.File != "" {
		return k.source.File
	}
	return "$" + k.source.Env
}

// get returns what the source holds now, or held before it became something else.
func (k *kept[T]) get() T {
	k.mu.RLock()
	now, fresh := k.now, k.source.File == "" || time.Since(k.looked) < reload.Every
	k.mu.RUnlock()
	if fresh {
		return now
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.looked) >= reload.Every {
		k.looked = time.Now()
		k.reread()
	}
	return k.now
}

// reload reads a file now if it has changed.
func (k *kept[T]) reload() {
	if k.source.File == "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Now()
	k.reread()
}

// reread is for who holds the lock.
func (k *kept[T]) reread() {
	if k.stamp.Same(reload.StampOf(k.source.File)) {
		return
	}
	data, stamp, err := reload.Read(k.source.File)
	var now T
	if err == nil {
		if now, err = k.parse(string(data)); err != nil {
			err = fmt.Errorf("%s: %w", k.source.File, err)
		}
	}
	if err != nil {
		if err.Error() != k.failed {
			k.failed = err.Error()
			k.log.Error("who was let in before is let in still", "error", err)
		}
		return
	}
	k.now, k.stamp, k.failed = now, stamp, ""
	k.log.Info("read again who is let in", "file", k.source.File)
}
