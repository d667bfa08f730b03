package routers

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"holdfast/config"
	"holdfast/internal/report"
	"holdfast/vrrp"
)

// JSON is the snapshot as keepalived writes it into keepalived.json (cli 6), on one line: a list of virtual routers, as
// 2.2.7 has it, or with json_version 2 an object around it. Its names are keepalived's, and so is which of its
// switches are numbers.
func JSON(s *Snapshot) ([]byte, error) {
	list := make([]routerJSON, len(s.Instances))
	for n, i := range s.Instances {
		list[n] = routerJSON{dataOf(s, i), statsOf(i.Counters), rivalsOf(i.Rivals)}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	// A command may have a < or an & in it, and whoever reads this file wants it as it was written.
	e.SetEscapeHTML(false)
	var whole any = list
	if s.Global.Files.JSONVersion == 2 {
		for n := range list {
			d, tracks := &list[n].Data, s.Instances[n].Config.Tracks
			d.TrackedFiles, d.TrackedProcesses, d.TrackedBFDs = names(tracks.Of(config.TrackedFile)),
				names(tracks.Of(config.TrackedProcess)), names(tracks.Of(config.TrackedBFD))
		}
		whole = secondJSON{list, processesOf(s)}
	}
	// Encode ends the line itself.
	err := e.Encode(whole)
	return b.Bytes(), err
}

// secondJSON is json_version 2.
type secondJSON struct {
	VRRP      []routerJSON  `json:"vrrp"`
	Processes []processJSON `json:"track_process"`
}

type routerJSON struct {
	Data  dataJSON  `json:"data"`
	Stats statsJSON `json:"stats"`
	// Ours, and only when there was one.
	Rivals []rivalJSON `json:"other_masters,omitempty"`
}

// rivalJSON is another master of the same virtual router.
type rivalJSON struct {
	Address  netip.Addr  `json:"address"`
	Priority uint8       `json:"priority"`
	Beside   string      `json:"beside,omitempty"`
	Now      bool        `json:"now"`
	First    json.Number `json:"first"` // in seconds, as last_transition
	Last     json.Number `json:"last"`
	Adverts  uint64      `json:"adverts"`
	Episodes uint64      `json:"episodes"`
	GaveWay  uint64      `json:"gave_way"`
}

func rivalsOf(all []vrrp.Rival) (list []rivalJSON) {
	for _, r := range all {
		j := rivalJSON{
			Address: r.Addr, Priority: r.Priority, Now: r.Now,
			First: json.Number(report.Stamp(r.First)), Last: json.Number(report.Stamp(r.Last)),
			Adverts: r.Adverts, Episodes: r.Episodes, GaveWay: r.GaveWay,
		}
		if r.Beside.IsValid() {
			j.Beside = r.Beside.String()
		}
		list = append(list, j)
	}
	return list
}

type dataJSON struct {
	// A switch that keepalived writes as a number is an int here (report.Bit); the others are
	// bools.
	Name                 string      `json:"iname"`
	DontTrackPrimary     int         `json:"dont_track_primary"`
	SkipCheckAdvAddr     int         `json:"skip_check_adv_addr"`
	Strict               int         `json:"strict_mode"`
	VMAC                 string      `json:"vmac_ifname"`
	Interface            string      `json:"ifp_ifname"`
	MasterPriority       uint8       `json:"master_priority"`
	LastTransition       json.Number `json:"last_transition"`
	GARPDelay            int64       `json:"garp_delay"`
	GARPRefresh          int64       `json:"garp_refresh"`
	GARPRepeat           int         `json:"garp_rep"`
	GARPRefreshRepeat    int         `json:"garp_refresh_rep"`
	GARPLowerPrioDelay   int64       `json:"garp_lower_prio_delay"`
	GARPLowerPrioRepeat  int         `json:"garp_lower_prio_rep"`
	LowerPrioNoAdvert    int         `json:"lower_prio_no_advert"`
	HigherPrioSendAdvert int         `json:"higher_prio_send_advert"`
	VRID                 uint8       `json:"vrid"`
	Priority             uint8       `json:"base_priority"`
	EffectivePriority    uint8       `json:"effective_priority"`
	VIPsSet              bool        `json:"vipset"`
	PromoteSecondaries   bool        `json:"promote_secondaries"`
	Advert               float64     `json:"adver_int"`        // in seconds
	MasterAdvert         float64     `json:"master_adver_int"` // in seconds
	Accept               int         `json:"accept"`
	NoPreempt            bool        `json:"nopreempt"`
	PreemptDelay         int64       `json:"preempt_delay"`
	State                vrrp.State  `json:"state"`
	WantState            vrrp.State  `json:"wantstate"`
	Version              int         `json:"version"`
	SMTPAlert            bool        `json:"smtp_alert"`
	NotifyDeleted        bool        `json:"notify_deleted"`
	Backup               string      `json:"script_backup,omitempty"`
	Master               string      `json:"script_master,omitempty"`
	Fault                string      `json:"script_fault,omitempty"`
	Stop                 string      `json:"script_stop,omitempty"`
	Any                  string      `json:"script,omitempty"`
	RxLowerPri           string      `json:"script_master_rx_lower_pri,omitempty"`
	VIPs                 []string    `json:"vips,omitempty"`
	ExcludedVIPs         []string    `json:"evips,omitempty"`
	Routes               []string    `json:"vroutes,omitempty"`
	Rules                []string    `json:"vrules,omitempty"`
	TrackedInterfaces    []string    `json:"track_ifp,omitempty"`
	TrackedScripts       []string    `json:"track_script,omitempty"` // their commands
	// Of json_version 2, which 2.2.7 does not have.
	TrackedFiles     []string    `json:"track_file,omitempty"`
	TrackedProcesses []string    `json:"track_process,omitempty"`
	TrackedBFDs      []string    `json:"track_bfd,omitempty"`
	AuthType         config.Auth `json:"auth_type"`
	AuthData         string      `json:"auth_data,omitempty"`
}

func dataOf(s *Snapshot, i vrrp.Status) dataJSON {
	// LastTransition is a json.Number made from text: a float64 would lose the zeros at the end of
	// the six digits behind the point.
	c, n := i.Config, &i.Config.Notify
	return dataJSON{
		Name:                 c.Name,
		Interface:            c.Interface,
		VMAC:                 i.Place.Own,
		VRID:                 c.VRID,
		Version:              c.Version,
		DontTrackPrimary:     report.Bit(c.DontTrackPrimary),
		SkipCheckAdvAddr:     report.Bit(c.SkipCheckAdvAddr),
		Strict:               report.Bit(c.Strict),
		MasterPriority:       shownMaster(i),
		LastTransition:       json.Number(report.Stamp(i.LastTransition)),
		GARPDelay:            report.Whole(c.GARPDelay),
		GARPRefresh:          report.Whole(c.GARPRefresh),
		GARPLowerPrioDelay:   report.Whole(c.GARPLowerPrioDelay),
		GARPRepeat:           c.GARPRepeat,
		GARPRefreshRepeat:    c.GARPRefreshRepeat,
		GARPLowerPrioRepeat:  c.GARPLowerPrioRepeat,
		LowerPrioNoAdvert:    report.Bit(c.LowerPrioNoAdvert),
		HigherPrioSendAdvert: report.Bit(c.HigherPrioSendAdvert),
		Priority:             i.Priority,
		EffectivePriority:    i.EffectivePriority,
		VIPsSet:              i.VIPsWanted,
		PromoteSecondaries:   c.PromoteSecondaries,
		Advert:               c.AdvertInt.Seconds(),
		MasterAdvert:         masterInterval(i).Seconds(),
		Accept:               report.Bit(c.Accept),
		NoPreempt:            !i.Preempt,
		PreemptDelay:         report.Whole(c.PreemptDelay),
		State:                i.State,
		WantState:            wanted(i),
		SMTPAlert:            n.SMTPAlert,
		NotifyDeleted:        n.DeletedSet,
		Backup:               report.Command(n.Backup),
		Master:               report.Command(n.Master),
		Fault:                report.Command(n.Fault),
		Stop:                 report.Command(n.Stop),
		Any:                  report.Command(n.Any),
		RxLowerPri:           report.Command(n.MasterRxLowerPri),
		VIPs:                 addressLines(&i, c.VIPs),
		ExcludedVIPs:         addressLines(&i, c.ExcludedVIPs),
		Routes:               routeLines(c.Routes),
		Rules:                ruleLines(c.Rules),
		TrackedInterfaces:    names(c.Tracks.Of(config.TrackedInterface)),
		TrackedScripts:       commands(s, c.Tracks.Of(config.TrackedScript)),
		AuthType:             c.Auth,
		AuthData:             password(c),
	}
}

// shownMaster is the priority of the master that a backup hears.
func shownMaster(i vrrp.Status) uint8 {
	// In any other state the priority that was heard last belongs to the past.
	if i.State != vrrp.Backup {
		return 0
	}
	return i.MasterPriority
}

// masterInterval is that of the last master; of none it is the instance's own.
func masterInterval(i vrrp.Status) time.Duration {
	// 0 is that no master has told one yet.
	if i.MasterAdvertInt == 0 {
		return i.Config.AdvertInt
	}
	return i.MasterAdvertInt
}

func names(tracks config.Tracks) (list []string) {
	for _, t := range tracks {
		list = append(list, t.Name)
	}
	return list
}

func commands(s *Snapshot, tracks config.Tracks) (list []string) {
	for _, t := range tracks {
		// keepalived lists a script here by its command, not by the name it is tracked under.
		n := slices.IndexFunc(s.Scripts, func(c config.Script) bool { return c.Name == t.Name })
		if n >= 0 {
			list = append(list, report.Command(s.Scripts[n].Command))
		}
	}
	return list
}

type statsJSON struct {
	AdvertReceived  uint64 `json:"advert_rcvd"`
	AdvertSent      uint64 `json:"advert_sent"`
	BecameMaster    uint64 `json:"become_master"`
	ReleasedMaster  uint64 `json:"release_master"`
	Length          uint64 `json:"packet_len_err"`
	Interval        uint64 `json:"advert_interval_err"`
	TTL             uint64 `json:"ip_ttl_err"`
	InvalidType     uint64 `json:"invalid_type_rcvd"`
	AddressList     uint64 `json:"addr_list_err"`
	AuthInvalidType uint64 `json:"invalid_authtype"`
	AuthMismatch    uint64 `json:"authtype_mismatch"`
	AuthFailure     uint64 `json:"auth_failure"`
	ZeroReceived    uint64 `json:"pri_zero_rcvd"`
	ZeroSent        uint64 `json:"pri_zero_sent"`

	// Of later versions than 2.2.7.
	ExtMissing     uint64 `json:"auth_ext_missing"`
	ExtMalformed   uint64 `json:"auth_ext_malformed"`
	ExtUnknownKey  uint64 `json:"auth_ext_unknown_key"`
	ExtInvalidHMAC uint64 `json:"auth_ext_invalid_hmac"`
	ExtStale       uint64 `json:"auth_ext_stale"`
	ExtReplay      uint64 `json:"auth_ext_replay"`

	// Ours.
	Version          uint64 `json:"version_err"`
	Checksum         uint64 `json:"checksum_err"`
	UnexpectedSource uint64 `json:"unexpected_source"`
	OwnAddress       uint64 `json:"own_address"`
	LateWakeups      uint64 `json:"late_wakeups"`
	SecondMaster     uint64 `json:"second_master"`
}

func statsOf(c vrrp.Counters) statsJSON {
	return statsJSON{
		AdvertReceived:   c.AdvertReceived,
		AdvertSent:       c.AdvertSent,
		BecameMaster:     c.BecameMaster,
		ReleasedMaster:   c.ReleasedMaster,
		Length:           c.LengthErrors,
		Interval:         c.IntervalErrors,
		TTL:              c.TTLErrors,
		InvalidType:      c.InvalidTypeErrors,
		AddressList:      c.AddressListErrors,
		AuthInvalidType:  c.AuthInvalidType,
		AuthMismatch:     c.AuthTypeMismatch,
		AuthFailure:      c.AuthFailure,
		ExtMissing:       c.AuthExtMissing,
		ExtMalformed:     c.AuthExtMalformed,
		ExtUnknownKey:    c.AuthExtUnknownKey,
		ExtInvalidHMAC:   c.AuthExtInvalidHMAC,
		ExtStale:         c.AuthExtStale,
		ExtReplay:        c.AuthExtReplay,
		ZeroReceived:     c.PriorityZeroReceived,
		ZeroSent:         c.PriorityZeroSent,
		Version:          c.VersionErrors,
		Checksum:         c.ChecksumErrors,
		UnexpectedSource: c.UnexpectedSource,
		OwnAddress:       c.OwnAddress,
		LateWakeups:      c.LateWakeups,
		SecondMaster:     c.SecondMaster,
	}
}
