package state

import "time"

// How bad a warning is.
const (
	Error   = "error"
	Caution = "warning"
)

// Warning is something that is not as it should be.
type Warning struct {
	Severity string    `json:"severity" doc:"error or warning"`
	About    string    `json:"about" doc:"daemon, reload, config, instance, address, tracker, service, server, check, session, neighbor, kernel or record"`
	Name     string    `json:"name" doc:"of what it is about, empty where there is only one"`
	Text     string    `json:"text" doc:"what is wrong, one line"`
	Since    time.Time `json:"since,omitzero" doc:"since when, where it is known"`
	File     string    `json:"file" doc:"of a finding about the configuration"`
	Line     int       `json:"line" doc:"in the file, from 1; 0 without one"`
	Column   int       `json:"column" doc:"in the line, from 1; 0 without one"`
}

// Warnings are those that no role tells: about the daemon itself and about its configuration.
func (a *Answer) Warnings() []Warning {
	all := []Warning{}
	if a.Problem != "" {
		all = append(all, Warning{Severity: Error, About: "daemon", Text: a.Problem})
	}
	for _, s := range a.Sources {
		if s.Problem != "" {
			all = append(all, Warning{Severity: Error, About: "daemon", Name: s.Role, Text: s.Problem})
		}
	}
	if r := a.Config.LastReload; r != nil && !r.OK {
		all = append(all, Warning{Severity: Error, About: "reload", Since: r.At,
			Text: "the last reload was refused, the old configuration is in force: " + r.Reason})
	}
	all = append(all, a.overridden()...)
	return append(all, a.Findings...)
}
