package io.stagecraft.stages.link;

import io.stagecraft.transport.exchange.Exchange;

/// The groups that one rank belongs to.
///
/// @param tensor the tensor ranks of its stage and replica
/// @param data the replicas of its stage and tensor rank
/// @param embedding the first and the last stage of its replica and tensor rank, in this order; a
///     group of one on every other stage and where there is one stage only
public record RankExchanges(Exchange tensor, Exchange data, Exchange embedding) {}
