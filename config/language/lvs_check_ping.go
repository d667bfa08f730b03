package language

import "time"

func pingCheck() checkKind {
	return checkKind{rows: pingCheckRows, retry: 1, pause: time.Second, portless: true}
}

// pingCheckRows are the keywords of PING_CHECK: those of all that connect, but ports say nothing.
func pingCheckRows() []Keyword {
	rows := connectRows()
	for i := range rows {
		if k := &rows[i]; k.Name == "connect_port" || k.Name == "bind_port" {
			k.Help = "no effect: an echo has no ports"
			accepted(k)
		}
	}
	return rows
}
