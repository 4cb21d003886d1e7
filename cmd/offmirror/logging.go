package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
)

// lineHandler writes records for people: the message, then the attributes.
type lineHandler struct {
	out   *lineWriter
	level slog.Level
	attrs string
}

// lineWriter writes whole lines, one at a time, and lets a progress bar on the
// same terminal step aside.
type lineWriter struct {
	w io.Writer

	mu    sync.Mutex
	aside func() // called before each line; nil when there is no bar
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	aside := l.aside
	l.mu.Unlock()
	if aside != nil {
		aside()
	}
	return l.writeRaw(p)
}

// writeRaw is for the bar itself.
func (l *lineWriter) writeRaw(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (l *lineWriter) stepAside(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aside = f
}

func (h lineHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if r.Level >= slog.LevelWarn {
		b.WriteString(map[bool]string{true: "error: ", false: "warning: "}[r.Level >= slog.LevelError])
	}
	b.WriteString(oneLine(r.Message) + h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attribute(a))
		return true
	})
	_, err := fmt.Fprintln(h.out, b.String())
	return err
}

func (h lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		h.attrs += attribute(a)
	}
	return h
}

// WithGroup leaves names short: people read them, programs read --log-file.
func (h lineHandler) WithGroup(string) slog.Handler { return h }

func attribute(a slog.Attr) string {
	return " " + a.Key + "=" + oneLine(a.Value.Resolve().String())
}

// redactingHandler is the last line of defence for credentials: nothing in this
// program hands one to a logger, and if something did, it would not pass here.
type redactingHandler struct{ slog.Handler }

func (h redactingHandler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, redactText(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactAttr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

func (h redactingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redactAttr(a)
	}
	return redactingHandler{h.Handler.WithAttrs(clean)}
}

func (h redactingHandler) WithGroup(name string) slog.Handler {
	return redactingHandler{h.Handler.WithGroup(name)}
}

var (
	secretKey  = regexp.MustCompile(`(?i)token|password|secret|authorization|credential|api_?key`)
	secretText = regexp.MustCompile(`(?i)(://)[^/@\s]+@|((?:bearer|basic)\s+)[\w.~+/=-]+|([?&](?:token|key|password|secret|signature|sig)=)[^&\s"]+`)
)

func redactAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch {
	case secretKey.MatchString(a.Key):
		return slog.String(a.Key, "REDACTED")
	case v.Kind() == slog.KindGroup:
		var clean []slog.Attr
		for _, inner := range v.Group() {
			clean = append(clean, redactAttr(inner))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case v.Kind() == slog.KindString || v.Kind() == slog.KindAny:
		return slog.String(a.Key, redactText(v.String()))
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// redactText takes userinfo, tokens in queries and authorization values out of text.
func redactText(text string) string {
	return secretText.ReplaceAllString(text, "${1}${2}${3}REDACTED")
}
