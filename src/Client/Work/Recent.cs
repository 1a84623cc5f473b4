namespace Slipway.Client;

/// <summary>Values by key, of which the oldest key is forgotten when there are too many.</summary>
/// <param name="capacity">How many keys are kept.</param>
internal sealed class Recent<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> _values = [];
    private readonly Queue<TKey> _order = new();

    /// <summary>The value of a key; the default when there is none.</summary>
    public TValue? Find(TKey key) => _values.GetValueOrDefault(key);

    /// <summary>Gives a key a value, in place of what it had.</summary>
    public void Set(TKey key, TValue value)
    {
        if (!_values.ContainsKey(key))
            _order.Enqueue(key);
        _values[key] = value;
        if (_order.Count > capacity)
            _values.Remove(_order.Dequeue());
    }
}
