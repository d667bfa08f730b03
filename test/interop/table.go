package main

import "strings"

// A table has a cell for every row and column.
type table struct {
	title   string
	columns []string
	rows    []row
}

// A row is one way to speak. The reasons say why there is no cell for columns with a program: "FRR", or two programs,
// "holdfast / FRR".
type row struct {
	name    string
	reasons map[string]string
}

// reason is why a cell cannot be; "" if it can.
func (t table) reason(r row, column string) string {
	if why := r.reasons[column]; why != "" {
		return why
	}
	for program, why := range r.reasons {
		if !strings.Contains(program, "/") && strings.Contains(column, program) {
			return why
		}
	}
	return ""
}

func tables() []table {
	programs := []string{
		"holdfast / holdfast", "holdfast / keepalived", "keepalived / holdfast",
		"holdfast / FRR", "FRR / holdfast", "keepalived / FRR", "FRR / keepalived",
	}
	only := func(what string) map[string]string { return map[string]string{"FRR": what} }
	const (
		noUnicast = "vrrpd has no unicast"
		noAuth    = "vrrpd has no authentication"
		noV26     = "vrrpd has version 2 for IPv4 only"
		noWord    = "2.2.7 does not know the word"
		noGroup   = "vrrpd has no groups"
		noDelay   = "vrrpd has no such delay"
		noMore    = "vrrpd has neither"
		noOwner   = "vrrpd's priorities end at 254"
	)
	return []table{
		{"VRRP", programs, []row{
			{"version 2, multicast", nil},
			{"version 2, unicast", only(noUnicast)},
			{"version 2, `auth_type PASS`", only(noAuth)},
			{"version 2, `auth_type PASS`, unicast", only(noAuth)},
			{"version 2, `auth_type AH`", only(noAuth)},
			{"version 2, `auth_type AH`, unicast", only(noAuth)},
			{"version 2 over IPv6", only(noV26)},
			{"version 2 over IPv6, unicast", only(noV26)},
			{"version 3, multicast, 1 s", nil},
			{"version 3, multicast, 0.2 s", nil},
			{"version 3, multicast, 0.1 s", nil},
			{"version 3, multicast, 0.01 s", nil},
			{"version 3, unicast", only(noUnicast)},
			{"version 3 over IPv6", nil},
			{"version 3 over IPv6, unicast", only(noUnicast)},
			{"`use_vmac`, `auth_type AH`", only(noAuth)},
			{"`use_vmac`", nil},
			{"`use_vmac` over IPv6", nil},
			{"`old_unicast_checksum`", only(noUnicast)},
			{"`v3_checksum_as_v2`", map[string]string{"keepalived": noWord,
				"FRR": "this vrrpd has no word for it"}},
			{"`auth_hmac`", map[string]string{"keepalived": noWord, "FRR": noAuth}},
			{"`auth_hmac` over IPv6", map[string]string{"keepalived": noWord, "FRR": noAuth}},
			{"`auth_hmac` with `mode receive-only`, here only", only(noAuth)},
			{"an owner, priority 255", only(noOwner)},
			{"equal priority", nil},
			{"equal priority over IPv6", nil},
			{"`nopreempt`", nil},
			{"`preempt_delay 3`", map[string]string{"FRR / holdfast": noDelay, "FRR / keepalived": noDelay}},
			{"a sync group", only(noGroup)},
			{"the cable of the master", nil},
			{"excluded addresses and routes", only(noMore)},
			{"`no_accept`", only("vrrpd accepts always")},
		}},
		{"BFD", append(programs[:3:3], "holdfast / FRR", "holdfast / BIRD"), bfd()},
	}
}

func bfd() []row {
	multi := map[string]string{"keepalived": "2.2.7 has one hop only"}
	return []row{
		{"IPv4, one hop, 10 ms", nil}, {"IPv4, one hop", nil}, {"IPv6, one hop", nil},
		{"IPv4, multihop", multi}, {"IPv6, multihop", multi},
	}
}
