package io.stagecraft.model.backend.cpu.code;

/// The system does not let this process make memory executable.
public final class CodeRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CodeRefusedException(String what) {
        super(what + " was refused by the system: products are left to the BLAS");
    }
}
