package localserver

import "time"

// SetPatience changes how long clients wait for news.
func (s *Server) SetPatience(d time.Duration) { s.patience = d }
