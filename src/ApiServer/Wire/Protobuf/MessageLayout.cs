using System.Runtime.CompilerServices;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>The fields of a message in the protobuf form of a built-in kind, made once for each schema.</summary>
internal sealed class MessageLayout
{
    private static readonly ConditionalWeakTable<IReadOnlyDictionary<string, Schema>, MessageLayout> Known = [];

    private readonly MessageField[] _byName;
    private readonly Dictionary<int, MessageField> _byNumber;

    private MessageLayout(Schema schema)
    {
        var named = new List<MessageField>();
        Fields = Arrange([.. schema.Properties.Where(p => p.Value.Protobuf is not null)], 0);
        named.Sort((a, b) => a.NameBytes.AsSpan().SequenceCompareTo(b.NameBytes));
        _byName = [.. named];
        _byNumber = Fields.ToDictionary(f => f.Number);

        MessageField[] Arrange(IReadOnlyList<KeyValuePair<string, Schema>> properties, int depth) =>
        [
            .. properties.GroupBy(p => p.Value.Protobuf!.Numbers[depth]).OrderBy(g => g.Key).Select(group =>
            {
                var (name, first) = group.First();
                if (first.Protobuf!.Numbers.Count > depth + 1) return new MessageField(group.Key, Arrange([.. group], depth + 1));
                var field = new MessageField(schema, group.Key, name, first, named.Count);
                named.Add(field);
                return field;
            }),
        ];
    }

    /// <summary>The fields by number.</summary>
    public MessageField[] Fields { get; }

    /// <summary>The layout of a message.</summary>
    public static MessageLayout Of(Schema schema) => Known.TryGetValue(schema.Properties, out var known) ? known : Known.GetValue(schema.Properties, _ => new MessageLayout(schema));

    /// <summary>The field of a number; null for one that is not known.</summary>
    public static MessageField? Find(MessageField[] fields, int number)
    {
        foreach (var field in fields)
            if (field.Number == number) return field;
        return null;
    }

    /// <summary>The field of a number; null for one that is not known.</summary>
    public MessageField? Find(int number) => _byNumber.GetValueOrDefault(number);

    /// <summary>The field of a name in JSON, embedded ones included; null for one that has no protobuf form.</summary>
    public MessageField? Find(ReadOnlySpan<byte> name)
    {
        int low = 0, high = _byName.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = name.SequenceCompareTo(_byName[middle].NameBytes);
            if (order == 0) return _byName[middle];
            if (order > 0) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    /// <summary>What a message is whose fields are all absent.</summary>
    public static byte[] ZeroOf(MessageField[] fields) => [.. fields.SelectMany(f => f.Zero)];
}
