//go:build race

package vrrp

const raceDetector = true
