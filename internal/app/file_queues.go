package app

import (
	"hatif/config"
	"hatif/web"
)

// EditQueue implements web.File.
func (f *file) EditQueue(is []byte, e web.QueueEdit) ([]byte, error) {
	changed, err := config.Edit{Queue: e.Name, Add: e.Add, Remove: e.Remove, Set: valuesOf(e.Set)}.Apply(f.path, is)
	return changed, mistakes(err)
}

// valuesOf are values of the console as the file writes them.
func valuesOf(all []web.QueueValue) (set config.Settings) {
	for _, one := range all {
		if below, is := one.Value.([]web.QueueValue); is {
			one.Value = valuesOf(below)
		}
		set = append(set, config.Setting(one))
	}
	return set
}
