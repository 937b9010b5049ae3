// Passes over memory that another library owns, by plain integers: where arrays begin, sizes, strides.

#pragma once

#include <nanobind/nanobind.h>

void add_calls_on_caller_memory(nanobind::module_& m);
