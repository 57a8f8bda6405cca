"""Evidence packets: one archive of a finished run that anybody can verify years later, offline and without torch.

    write_packet (assemble)    a sealed run to a packet
    verify_packet (verify)     what holds of a packet, and what does not

docs/packets.md says what is in a packet and what it does not prove.
"""
