package state

import (
	"time"

	"holdfast/internal/override"
)

// Override is what an operator has changed beside the configuration.
type Override struct {
	Kind       string    `json:"kind" doc:"server, instance, group, routers, director, log, or priority or preempt of an instance"`
	Service    string    `json:"service" doc:"virtual server of a server"`
	Name       string    `json:"name" doc:"as in the log; empty for routers, which are all instances, for the director and for the log"`
	Action     string    `json:"action" doc:"drain, maint, weight, maintenance, failover, priority, preempt or log-level"`
	Value      int       `json:"value" doc:"weight of weight, priority of priority; of preempt 1 or 0"`
	Level      string    `json:"level" doc:"level of log-level"`
	By         string    `json:"by" doc:"name of the user who did it, empty where the host has none; SNMP for what was set by it"`
	UID        uint32    `json:"uid" doc:"number of the user"`
	Since      time.Time `json:"since" doc:"when it began"`
	Until      time.Time `json:"until,omitzero" doc:"when it ends; missing when somebody has to end it"`
	Reload     bool      `json:"until_reload" doc:"whether it ends with the next reload"`
	Configured bool      `json:"configured" doc:"whether the configuration that runs has the object"`
	Text       string    `json:"text" doc:"the same for people"`
	Long       bool      `json:"long" doc:"whether it has lasted so long that a warning tells of it"`
}

// Overriding is an Override where the object is shown that it is for.
type Overriding struct {
	Action string    `json:"action" doc:"drain, maint, weight, maintenance or failover"`
	Value  int       `json:"value" doc:"weight of weight"`
	By     string    `json:"by" doc:"name of the user who did it, empty where the host has none"`
	UID    uint32    `json:"uid" doc:"number of the user"`
	Since  time.Time `json:"since" doc:"when it began"`
	Until  time.Time `json:"until,omitzero" doc:"when it ends; missing when somebody has to end it"`
	Text   string    `json:"text" doc:"the same for people"`
}

// OverridingOf is an override where its object is shown, nil for none.
func OverridingOf(o override.Override) *Overriding {
	if o.Action == "" {
		return nil
	}
	return &Overriding{Action: string(o.Action), Value: o.Value, By: o.By, UID: o.UID, Since: o.Since, Until: o.Until,
		Text: o.What() + " by " + o.Who()}
}

// object is what a warning calls what is overridden.
func (o *Override) object() (about, name string) {
	switch o.Kind {
	case "server":
		return "server", o.Service + " " + o.Name
	case "instance", "group":
		return "instance", o.Name
	}
	return "daemon", o.Kind
}

// overridden are the warnings about overrides: those that last long, and those for what there is not.
func (a *Answer) overridden() (all []Warning) {
	for n := range a.Overrides {
		o := &a.Overrides[n]
		about, name := o.object()
		w := Warning{Severity: Caution, About: about, Name: name, Text: o.Text, Since: o.Since}
		switch {
		case !o.Configured:
			w.Text += ", and not in the configuration"
		case !o.Long:
			continue
		}
		all = append(all, w)
	}
	return all
}
