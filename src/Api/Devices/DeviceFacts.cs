using Slipway.Api.Cel;

namespace Slipway.Api.Devices;

/// <summary>A device as the variable <c>device</c> of selectors shows it. Immutable; made once for a device, for any number of selectors.</summary>
public sealed class DeviceFacts
{
    /// <param name="driver">Name of its driver, which is the domain of names that are written without one.</param>
    /// <param name="attributes">What the driver tells of it.</param>
    /// <param name="capacity">How much it has, as quantities.</param>
    /// <param name="allowsMultipleAllocations">Whether several claims may have it at once.</param>
    public DeviceFacts(string driver, IReadOnlyDictionary<string, DeviceAttribute>? attributes, IReadOnlyDictionary<string, string>? capacity, bool allowsMultipleAllocations)
    {
        var device = new CelMap(new Dictionary<string, CelValue>
        {
            ["driver"] = new CelString(driver),
            ["attributes"] = ByDomain(driver, attributes, static attribute => attribute.ToCel()),
            ["capacity"] = ByDomain(driver, capacity, static text => Quantity.TryParse(text, out var amount)
                ? new CelOpaque<Quantity>(QuantityFunctions.QuantityType, amount)
                : new CelError($"{text} is no quantity")),
            ["allowMultipleAllocations"] = CelBool.Of(allowsMultipleAllocations),
        });
        Variables = new Dictionary<string, CelValue> { ["device"] = device };
    }

    internal IReadOnlyDictionary<string, CelValue> Variables { get; }

    /// <summary>The domain and the identifier of a name of an attribute or capacity.</summary>
    /// <param name="name">The name, as it is written.</param>
    /// <param name="driver">The domain of names that have none.</param>
    public static (string Domain, string Id) Qualified(string name, string driver) =>
        name.IndexOf('/') is >= 0 and var slash ? (name[..slash], name[(slash + 1)..]) : (driver, name);

    private static Domains ByDomain<T>(string driver, IReadOnlyDictionary<string, T>? named, Func<T, CelValue> toCel) => new(
        (named ?? new Dictionary<string, T>())
            .GroupBy(pair => Qualified(pair.Key, driver).Domain, StringComparer.Ordinal)
            .ToDictionary(
                domain => domain.Key,
                domain => new CelMap(domain.Select(pair => KeyValuePair.Create(Qualified(pair.Key, driver).Id, toCel(pair.Value)))),
                StringComparer.Ordinal));

    // A domain of which nothing is told is empty, so that expressions may ask what it has without asking first whether it is there.
    private sealed class Domains(Dictionary<string, CelMap> domains) : CelMap
    {
        private static readonly CelMap Empty = new(new Dictionary<CelValue, CelValue>());

        public override IEnumerable<CelValue> Keys => domains.Keys.Select(name => new CelString(name));

        public override int Count => domains.Count;

        public override CelValue? Get(CelValue key) => key is CelString { Value: var name } ? GetField(name) : null;

        internal override CelValue? GetField(string name) => domains.GetValueOrDefault(name) ?? Empty;
    }
}
