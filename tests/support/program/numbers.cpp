// The core without Python, for machines that have none: cpp/host and cpp/kernels on one problem. Compiled and run by
// tests/engine/test_native_other_machines.py, on this machine and, emulated, on others.
//
// Reads, as text: float32 or float64, threads, N T D H, steps of training; lengths (N); W (4H, D), U (4H, H), b (4H);
// x (N, T, D); delta (N, T, H), which is the label of the training, too; out0 and state0 (N, H). Writes a line for each
// array: its name and its numbers, with all their digits.

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "dispatch.hpp"
#include "head.hpp"
#include "train.hpp"

using namespace gatewise;

namespace {

double number() {
    std::string word;
    std::cin >> word;
    return std::strtod(word.c_str(), nullptr);  // also nan and inf
}

Index count() { return static_cast<Index>(number()); }

template <class T>
std::vector<T> read(Index size) {
    std::vector<T> numbers(static_cast<std::size_t>(size));
    for (T& each : numbers) each = static_cast<T>(number());
    return numbers;
}

template <class T>
void write(const char* name, const void* numbers, Index size) {
    std::printf("%s", name);
    for (Index k = 0; k < size; ++k) std::printf(" %.17g", static_cast<double>(static_cast<const T*>(numbers)[k]));
    std::printf("\n");
}

template <class T>
void work(const gatewise_kernels& kernels, bool is_double) {
    const int threads = static_cast<int>(count());
    const Index N = count(), T_ = count(), D = count(), H = count(), steps = count();
    const Sizes sizes{N, T_, D, H};
    const std::vector<Index> lengths = read<Index>(N);
    const std::vector<T> W = read<T>(4 * H * D), U = read<T>(4 * H * H), b = read<T>(4 * H), x = read<T>(N * T_ * D),
                         delta = read<T>(N * T_ * H), out0 = read<T>(N * H), state0 = read<T>(N * H);
    const View of_x{x.data(), T_ * D, D}, of_delta{delta.data(), T_ * H, H};

    const Run run(kernels, is_double, sizes, W.data(), U.data(), b.data(), of_x, out0.data(), state0.data(), lengths.data(),
                  threads, true);
    const char* const saved[] = {"a", "i", "f", "o", "state"};
    for (int field = 0; field < gatewise_saved_fields; ++field)
        write<T>(saved[field], run.unpacked(field).get(), N * T_ * H);
    write<T>("out", run.out.get(), N * T_ * H);
    write<T>("last_out", run.last_out.get(), N * H);
    write<T>("last_state", run.last_state.get(), N * H);

    const Gradients grads(run, W.data(), U.data(), of_delta, nullptr, nullptr, threads, true, true);
    write<T>("d_W", grads.d_W.get(), 4 * H * D);
    write<T>("d_U", grads.d_U.get(), 4 * H * H);
    write<T>("d_b", grads.d_b.get(), 4 * H);
    write<T>("d_x", grads.d_x.get(), N * T_ * D);
    write<T>("d_out0", grads.d_out0.get(), N * H);
    write<T>("d_state0", grads.d_state0.get(), N * H);
    write<T>("d_gates", grads.kept[gatewise_gates_field].get(), N * T_ * 4 * H);

    Stepper stepper(kernels, is_double, N, D, H, W.data(), U.data(), b.data(), threads);
    stepper.reset(out0.data(), state0.data());
    for (Index t = 0; t < T_; ++t) stepper.step({x.data() + t * D, T_ * D, 0});
    write<T>("stepped_out", stepper.out[stepper.now].get(), N * H);
    write<T>("stepped_state", stepper.state.get(), N * H);

    for (const bool adam : {false, true}) {
        std::vector<T> parameters(W);
        parameters.insert(parameters.end(), U.begin(), U.end());
        parameters.insert(parameters.end(), b.begin(), b.end());
        std::vector<T> first(parameters.size()), second(parameters.size());
        std::vector<double> losses(static_cast<std::size_t>(steps));
        train(kernels, is_double, sizes, parameters.data(), first.data(), second.data(), of_x, of_delta, lengths.data(),
              nullptr, 0, steps, {adam, 0.01, 0.9, 0.999, 1e-8, 0}, threads, losses.data());
        write<double>(adam ? "adam_losses" : "sgd_losses", losses.data(), steps);
        write<T>(adam ? "adam_parameters" : "sgd_parameters", parameters.data(), static_cast<Index>(parameters.size()));
    }

    // A head that reads each x and has H outputs: W's first rows and b's first numbers.
    std::vector<T> y(delta.size()), d_z(x.size()), d_parameters(static_cast<std::size_t>(H * (D + 1)));
    const gatewise_table& table = is_double ? kernels.f64 : kernels.f32;
    const HeadSizes head{N * T_, D, H};
    head_forward(table, sizeof(T), head, W.data(), b.data(), x.data(), y.data(), threads);
    head_backward(table, sizeof(T), head, W.data(), x.data(), delta.data(), d_z.data(), d_parameters.data(), threads);
    write<T>("head", y.data(), N * T_ * H);
    write<T>("head_d_z", d_z.data(), N * T_ * D);
    write<T>("head_d_parameters", d_parameters.data(), H * (D + 1));
}

}  // namespace

int main() {
    std::string dtype;
    std::cin >> dtype;
    dtype == "float64" ? work<double>(chosen(), true) : work<float>(chosen(), false);
    return std::cin ? 0 : 1;
}
