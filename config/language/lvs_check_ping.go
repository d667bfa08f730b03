package language

import "time"

// pingCheck is PING_CHECK: one echo, for which no port has to be known (semantics 10.12).
func pingCheck() checkKind {
	return checkKind{rows: pingCheckRows, retry: 1, pause: time.Second, portless: true}
}

// pingCheckRows are the keywords of PING_CHECK: those of all that connect, but ports say nothing.
func pingCheckRows() []Keyword {
	rows := connectRows()
	// connectRows makes new rows each time, so those of other checkers stay as they are.
	for i := range rows {
		if k := &rows[i]; k.Name == "connect_port" || k.Name == "bind_port" {
			// They are read and checked all the same: a file that has them is right.
			k.Help = "no effect: an echo has no ports"
			accepted(k)
		}
	}
	return rows
}
