package io.stagecraft.model.backend.cpu;

record WarmUp(CpuBackend backend) {
    void run() {}
}
