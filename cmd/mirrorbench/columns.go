package main

// The columns that several sections share.
var (
	wallColumn      = Column{"wall_seconds", "wall", seconds}
	boundColumn     = Column{"bound_ratio", "÷ bound", times}
	offmirrorColumn = Column{"offmirror_ratio", "÷ offmirror", times}
	spreadColumn    = Column{"spread_ratio", "spread", times}
	cpuColumn       = Column{"cpu_seconds", "CPU", seconds}
	peakColumn      = Column{"peak_rss_bytes", "peak", mebi}
	requestsColumn  = Column{"requests", "requests", count}
	sameColumn      = Column{"not_modified", "of them 304", count}
	upstreamColumn  = Column{"upstream_cpu_seconds", "upstream CPU", seconds}
)

// commonFigures returns what the shared columns show of a contender's runs.
func commonFigures(runs []Measurement) map[string]float64 {
	m := medianByWall(runs)
	return map[string]float64{
		wallColumn.Key:     m.Wall.Seconds(),
		spreadColumn.Key:   spread(runs),
		cpuColumn.Key:      m.CPU.Seconds(),
		peakColumn.Key:     float64(m.PeakRSS),
		requestsColumn.Key: float64(m.Upstream.Requests),
		sameColumn.Key:     float64(m.Upstream.NotModified),
		upstreamColumn.Key: m.Upstream.CPU.Seconds(),
	}
}
