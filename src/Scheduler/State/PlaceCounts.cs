namespace Slipway.Scheduler;

/// <summary>
/// Numbers of pods by place, that is by the value of one label of their nodes. The emptiest place is known at any time, without
/// looking at all of them: with the host name as label there are as many places as nodes.
/// </summary>
internal sealed class PlaceCounts
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<int> _placesByCount = [];

    /// <summary>How many places there are.</summary>
    public int Places => _counts.Count;

    /// <summary>How many pods there are in all places.</summary>
    public int Total { get; private set; }

    /// <summary>The number of pods in the emptiest place; 0 when there is none.</summary>
    public int Least { get; private set; }

    /// <summary>The number of pods in a place.</summary>
    public int At(string place) => _counts.GetValueOrDefault(place);

    /// <summary>Adds pods to a place, which is there from then on; takes pods away when negative.</summary>
    public void Add(string place, int pods)
    {
        var isNew = !_counts.TryGetValue(place, out var before);
        var after = before + pods;
        _counts[place] = after;
        Total += pods;
        while (_placesByCount.Count <= after)
            _placesByCount.Add(0);
        if (!isNew)
            _placesByCount[before]--;
        _placesByCount[after]++;
        if (_counts.Count == 1 || after < Least)
            Least = after;
        else
            while (_placesByCount[Least] == 0)
                Least++;
    }
}
