// What trains: many steps of a layer in one call, a step of a network, an optimizer's step.

#pragma once

#include <nanobind/nanobind.h>

void add_training(nanobind::module_& m);
