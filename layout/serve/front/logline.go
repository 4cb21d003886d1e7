package front

import (
	"context"
	"log/slog"
	"time"
)

// logLine is what the access log says of a request. No query and no other header: they may hold secrets.
type logLine struct {
	client, user, host, method, path, ecosystem, protocol string

	tls    bool
	status int
	bytes  int64
	took   time.Duration
	whole  bool // the handler came to its end
	agent  string
}

func (l *logLine) write(ctx context.Context, log *slog.Logger) {
	log.LogAttrs(ctx, slog.LevelInfo, "request",
		slog.String("client", l.client),
		slog.String("user", l.user),
		slog.String("host", clip(l.host)),
		slog.String("method", clip(l.method)),
		slog.String("path", clip(l.path)),
		slog.String("ecosystem", l.ecosystem),
		slog.String("protocol", l.protocol),
		slog.Bool("tls", l.tls),
		slog.Int("status", l.status),
		slog.Int64("bytes", l.bytes),
		slog.Float64("seconds", l.took.Seconds()),
		slog.Bool("whole", l.whole),
		slog.String("agent", clip(l.agent)),
	)
}

// maxLogged is how much of a text of a client gets into the log, in bytes.
const maxLogged = 512

func clip(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return text[:maxLogged] + "…"
}
