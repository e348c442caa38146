//go:build !race

package delivery_test

const underRace = false
