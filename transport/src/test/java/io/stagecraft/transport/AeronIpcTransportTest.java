package io.stagecraft.transport;

class AeronIpcTransportTest extends AeronContract {
    @Override
    AeronTransportConfig.Channel channel() {
        return new AeronTransportConfig.Channel.Ipc();
    }
}
