package main

import (
	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/internal/snmp"
	"holdfast/internal/super"
)

// snmpAgent shows the daemon to a master agent, if the configuration or the options want that.
func (o options) snmpAgent(log *zap.Logger, s *super.Supervisor) *snmp.Agent {
	return snmp.New(snmp.Options{Log: log, Source: s, Adjust: func(c *config.SNMP) {
		if o.snmp {
			c.VRRP, c.RFCv2, c.RFCv3, c.Checker = true, true, true, true
		}
		if o.snmpSocket != "" {
			c.Socket = o.snmpSocket
		}
	}})
}
