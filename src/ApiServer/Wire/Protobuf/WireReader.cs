namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>Reads the fields of a message one after the other.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Wire type of the field.</summary>
    public uint Type { get; private set; }

    /// <summary>Value of a varint; 0 for any other field.</summary>
    public ulong Number { get; private set; }

    /// <summary>Bytes of any field but a varint; empty for that.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Whether there is nothing left.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Goes to the next field.</summary>
    /// <param name="number">Its number.</param>
    /// <exception cref="ArgumentException">The bytes are no message.</exception>
    public bool Next(out int number)
    {
        number = 0;
        if (_rest.IsEmpty) return false;
        var tag = Varint();
        number = (int)Math.Min(tag >> 3, int.MaxValue);
        Type = (uint)(tag & 7);
        Number = 0;
        Bytes = default;
        switch (Type)
        {
            case 0: Number = Varint(); break;
            case 1: Bytes = Take(8); break;
            case 2: Bytes = Take((int)Math.Min(Varint(), int.MaxValue)); break;
            case 5: Bytes = Take(4); break;
            default: throw new ArgumentException($"wire type {Type} is not used");
        }
        return true;
    }

    /// <summary>A number without tag, as packed lists have them.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty) throw Short();
            var part = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
        throw new ArgumentException("a number takes more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Short();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static ArgumentException Short() => new("it ends within a field");
}
