using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>A device that a claim is given.</summary>
/// <param name="Way">What it is given for.</param>
/// <param name="Device">The device.</param>
/// <param name="Take">What it is given of the device.</param>
internal readonly record struct GivenDevice(DeviceWay Way, DeviceInfo Device, DeviceTake Take);

/// <summary>Which devices of a node its claims are given; a pure function of what there is and what is given away.</summary>
/// <param name="Claims">The devices of each claim, in the order of the claims; null when they cannot all have what they ask for.</param>
/// <param name="Lack">What is lacking, for people; null when nothing is.</param>
internal sealed record DeviceSolution(IReadOnlyList<IReadOnlyList<GivenDevice>>? Claims, string? Lack);

/// <summary>
/// Looks for devices of one node for claims, all or none: the first solution in the order of requests, alternatives and devices
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/"/>). What does not suit is never tried,
/// and devices of one request are tried in one order alone.
/// </summary>
internal sealed class DeviceSearch
{
    // AllocationResultsMaxSize of resource.k8s.io/v1.
    private const int MostDevices = 32;

    private readonly IReadOnlyList<OpenDeviceClaim> _claims;
    private readonly List<(int Claim, DeviceRequest Request)> _requests = [];
    private readonly IReadOnlyList<DevicePool> _pools;
    private readonly NodeInfo _node;
    private readonly DeviceUse _use;
    private readonly List<GivenDevice>[] _given;
    private readonly DeviceUse _taken = new();
    private readonly Dictionary<DeviceWay, List<DeviceInfo>> _suiting = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string Driver, string Pool), Dictionary<(string Set, string Counter), Quantity>> _countersLeft = [];
    private readonly Dictionary<(DeviceWay Way, DeviceId Device), string> _undecided = [];
    private readonly int _mostSteps;
    private string? _fault;
    private string? _abortion;
    private int _steps;

    private DeviceSearch(IReadOnlyList<OpenDeviceClaim> claims, NodeInfo node, IReadOnlyList<DevicePool> pools, DeviceUse use, int mostSteps)
    {
        (_claims, _node, _pools, _use, _mostSteps) = (claims, node, pools, use, mostSteps);
        _given = [.. claims.Select(_ => new List<GivenDevice>())];
        for (var claim = 0; claim < claims.Count; claim++)
            foreach (var request in claims[claim].Requests)
                _requests.Add((claim, request));
    }

    /// <summary>Looks for devices.</summary>
    /// <param name="claims">Claims that have none.</param>
    /// <param name="node">The node.</param>
    /// <param name="pools">All pools, of other nodes as well.</param>
    /// <param name="use">What is given away.</param>
    /// <param name="budget">How long may be looked.</param>
    public static DeviceSolution For(IReadOnlyList<OpenDeviceClaim> claims, NodeInfo node, IReadOnlyList<DevicePool> pools, DeviceUse use, SearchBudget budget)
    {
        var search = new DeviceSearch(claims, node, pools, use, budget.OfNode);
        var isFound = search.Give(0);
        budget.Spend(search._steps);
        return isFound ? new(search._given, null) : new(null, search._abortion ?? search.Lack());
    }

    private bool Give(int request)
    {
        if (request == _requests.Count)
            return true;
        foreach (var way in _requests[request].Request.Ways)
        {
            var suiting = Suiting(way);
            // Of all that suit there has to be one.
            if (suiting.Count > 0 && Choose(request, way, suiting, from: 0, lacking: way.IsAll ? suiting.Count : way.Count))
                return true;
        }
        return false;
    }

    private bool Choose(int request, DeviceWay way, List<DeviceInfo> suiting, int from, int lacking)
    {
        if (lacking == 0)
            return Give(request + 1);
        for (var i = from; i <= suiting.Count - lacking && _steps < _mostSteps && _abortion is null; i++)
        {
            _steps++;
            if (!TryTake(_requests[request].Claim, way, suiting[i]))
                continue;
            if (Choose(request, way, suiting, i + 1, lacking - 1))
                return true;
            LetGo(_requests[request].Claim);
        }
        return false;
    }

    private List<DeviceInfo> Suiting(DeviceWay way)
    {
        if (_suiting.TryGetValue(way, out var known))
            return known;
        var suiting = new List<DeviceInfo>();
        foreach (var pool in _pools)
        {
            if (pool.Fault is { } fault)
            {
                if (pool.Devices.Exists(device => device.Place.Includes(_node)))
                {
                    _fault ??= fault;
                    // What all are is not known.
                    if (way.IsAll)
                        return _suiting[way] = [];
                }
                continue;
            }
            foreach (var device in pool.Devices)
                if (device.Place.Includes(_node))
                {
                    var suits = way.Suits(device, out var error);
                    // Neither suits nor does not: whoever comes to it looks no further.
                    if (error is not null)
                    {
                        _undecided[(way, device.Id)] = $"a selector of request {way.Name} or of device class {way.Class.Metadata.Name} fails on device {device.Id}: {error}";
                        _fault ??= _undecided[(way, device.Id)];
                    }
                    if (suits || error is not null)
                        suiting.Add(device);
                }
        }
        return _suiting[way] = suiting;
    }

    private bool TryTake(int claim, DeviceWay way, DeviceInfo device)
    {
        var given = _given[claim];
        var take = TakeOf(way, device);
        if (given.Count == MostDevices || !IsFree(claim, way, device, take))
            return false;
        if (_undecided.TryGetValue((way, device.Id), out _abortion))
            return false;
        foreach (var constraint in _claims[claim].Constraints)
            if (Concerns(constraint, way) && !Holds(constraint, device, given))
                return false;
        if (!way.AdminAccess)
        {
            if (!TryCount(device))
                return false;
            _taken.Add([take]);
        }
        given.Add(new(way, device, take));
        return true;
    }

    private static DeviceTake TakeOf(DeviceWay way, DeviceInfo device) => new(device.Id, device.IsShared ? DeviceConsumption.Of(device, way.Capacity) : null);

    // Who looks after devices takes them from nobody, and has each once.
    private bool IsFree(int claim, DeviceWay way, DeviceInfo device, DeviceTake take)
    {
        if (way.AdminAccess)
            return device.IsShared || !_given[claim].Exists(one => one.Device.Id == device.Id);
        if (take.Share is not { } share)
            return !_use.Includes(device.Id) && !_taken.Includes(device.Id);
        // It was given to one alone before its driver let it be shared.
        return !_use.IsWhole(device.Id) && share.All(part =>
            Quantity.TryParse(device.Capacities[part.Key].View.Value, out var total) && _use.Consumed(device.Id, part.Key) + _taken.Consumed(device.Id, part.Key) + part.Value <= total);
    }

    private bool IsFree(int claim, DeviceWay way, DeviceInfo device) => IsFree(claim, way, device, TakeOf(way, device));

    private void LetGo(int claim)
    {
        var (way, device, take) = _given[claim][^1];
        _given[claim].RemoveAt(_given[claim].Count - 1);
        if (way.AdminAccess)
            return;
        _taken.Remove([take]);
        if (IsCounted(device))
            return;
        foreach (var (counter, amount) in DeviceUse.Counted(device))
            CountersLeft(device)[counter] += amount;
    }

    // A device takes of its pool's counters once, however many share it.
    private bool IsCounted(DeviceInfo device) => _use.Includes(device.Id) || _taken.Includes(device.Id);

    private bool TryCount(DeviceInfo device)
    {
        if (device.View.ConsumesCounters is null or [] || IsCounted(device))
            return true;
        var left = CountersLeft(device);
        foreach (var (counter, amount) in DeviceUse.Counted(device))
            if (left.GetValueOrDefault(counter) < amount)
                return false;
        foreach (var (counter, amount) in DeviceUse.Counted(device))
            left[counter] -= amount;
        return true;
    }

    private Dictionary<(string Set, string Counter), Quantity> CountersLeft(DeviceInfo device)
    {
        var pool = (device.Id.Driver, device.Id.Pool);
        if (!_countersLeft.TryGetValue(pool, out var left))
            _countersLeft[pool] = left = _use.CountersLeft(_pools.First(one => one.Driver == pool.Driver && one.Name == pool.Pool));
        return left;
    }

    private static bool Concerns(DeviceConstraintView constraint, DeviceWay way) =>
        constraint.Requests is null or [] || way.IsNamedIn(constraint.Requests);

    private static bool Holds(DeviceConstraintView constraint, DeviceInfo device, List<GivenDevice> given)
    {
        var (name, mustMatch) = constraint.MatchAttribute is { } match ? (match, true) : (constraint.DistinctAttribute ?? "", false);
        return device.Attribute(name) is { } value
            && given.TrueForAll(other => !Concerns(constraint, other.Way) || value.Equals(other.Device.Attribute(name)) == mustMatch);
    }

    // The first request that cannot have what it asks for even alone; or else it is all of them together.
    private string Lack()
    {
        foreach (var (claim, request) in _requests)
            if (request.Ways.All(way => Suiting(way) is var suiting && (way.IsAll ? suiting.Count == 0 || suiting.Exists(device => !IsFree(claim, way, device)) : suiting.Count(device => IsFree(claim, way, device)) < way.Count)))
            {
                var way = request.Ways[0];
                var (suiting, free) = (Suiting(way), Suiting(way).Count(device => IsFree(claim, way, device)));
                var asked = way.IsAll ? "all devices that suit" : way.Count == 1 ? "a device" : $"{way.Count} devices";
                return $"request \"{way.Name}\" of claim {_claims[claim].Key.Name} asks for {asked} of class {way.Class.Metadata.Name}, and "
                    + (suiting.Count == 0 ? "none there suits" : $"{free} of {suiting.Count} that suit there {(free == 1 ? "is" : "are")} free")
                    + (_fault is null ? "" : $" ({_fault})");
            }
        return _steps >= _mostSteps
            ? "too many combinations of devices were tried: ask for fewer devices, or with fewer constraints"
            : "each request finds devices that are free there, and together they do not: constraints, shared counters or another request take them" + (_fault is null ? "" : $" ({_fault})");
    }
}
