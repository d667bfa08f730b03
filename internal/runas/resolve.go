package runas

import (
	"errors"

	"holdfast/config"
)

// Resolve finds the program of c, decides who it runs as and checks its path
// (cli 8.3-8.6). what names its use in log lines: "vrrp script chk", "notify
// script". An error means that the script is not to be used; the reason was logged as keepalived does.
func (r *Runner) Resolve(c config.Command, what string) (Program, error) {
	return Program{}, errors.New("not there yet")
}
