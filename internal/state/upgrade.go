package state

// Upgraded is the answer of POST /v1/upgrade.
type Upgraded struct {
	OK      bool   `json:"ok" doc:"true"`
	PID     int    `json:"pid" doc:"process of the supervisor, which stays the same"`
	Version string `json:"version" doc:"of the program that the daemon is from now on; with check, of the one that it could be"`
}
