package localserver

import "time"

// SetPatience changes how long clients wait for news.
func (s *Server) SetPatience(d, first time.Duration) { s.patience, s.firstPatience = d, first }
