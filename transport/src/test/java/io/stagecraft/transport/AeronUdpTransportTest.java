package io.stagecraft.transport;

class AeronUdpTransportTest extends AeronContract {
    @Override
    AeronTransportConfig.Channel channel() {
        return new AeronTransportConfig.Channel.Udp("127.0.0.1", 0);
    }
}
