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
		switch below := one.Value.(type) {
		case []web.QueueValue:
			one.Value = valuesOf(below)
		case [][]web.QueueValue:
			var list []config.Settings
			for _, item := range below {
				list = append(list, valuesOf(item))
			}
			one.Value = list
		}
		set = append(set, config.Setting(one))
	}
	return set
}
