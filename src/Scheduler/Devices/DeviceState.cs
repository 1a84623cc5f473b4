using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Devices;

namespace Slipway.Scheduler;

/// <summary>
/// What the scheduler knows of devices, what it has given away but the watch does not tell yet included. Used by the deciding loop alone;
/// empty until the first pod asks for devices.
/// </summary>
internal sealed class DeviceState
{
    // Expressions stand in classes and claims: few are different. Enough for all of a cluster's; begun anew when it is not.
    private const int MostSelectors = 1000;

    private readonly Dictionary<ObjectKey, DeviceClaimView> _claims = [];
    private readonly Dictionary<string, DeviceClassView> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceSliceView> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceTaintRuleView> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, (string Pod, ChosenDevices Chosen)> _assumed = [];
    // By the UIDs of pods: a namesake may have come before all is told of the one that is gone.
    private readonly Dictionary<string, DeviceChoice> _choices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceSelector?> _selectors = new(StringComparer.Ordinal);
    private readonly HashSet<ObjectKey> _changedClaims = [];
    private IReadOnlyList<DevicePool>? _pools;
    private bool _hasMore;

    /// <summary>Whether all that existed has been told.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether anything has changed since <see cref="Heed"/> that may help a pod.</summary>
    public bool HasChanged => _hasMore || _changedClaims.Count > 0;

    /// <summary>Which devices are given away.</summary>
    public DeviceUse Use { get; } = new();

    /// <summary>All pools.</summary>
    public IReadOnlyList<DevicePool> Pools => _pools ??= DevicePool.Of(_slices.Values, _rules.Values);

    public DeviceClaimView? Claim(ObjectKey key) => _claims.GetValueOrDefault(key);

    public DeviceClassView? Class(string name) => _classes.GetValueOrDefault(name);

    /// <summary>A selector by its expression; null when it is none, which the API refuses.</summary>
    public DeviceSelector? Selector(string expression)
    {
        if (_selectors.TryGetValue(expression, out var known))
            return known;
        if (_selectors.Count >= MostSelectors)
            _selectors.Clear();
        DeviceSelector? selector = null;
        try
        {
            selector = DeviceSelector.Compile(expression);
        }
        catch (CelCompileException)
        {
            // Stored before a rule refused it: whoever asks for it is told.
        }
        return _selectors[expression] = selector;
    }

    /// <summary>All that existed has been told.</summary>
    public void Complete() => (IsComplete, _hasMore) = (true, true);

    /// <summary>Whether anything has changed that may help a pod: one of its claims, or what there is for all.</summary>
    public bool HasChangedFor(PodDemand pod) =>
        pod.Devices.Count > 0 && (_hasMore || pod.Devices.Any(claim => claim.Claim is { } name && _changedClaims.Contains(new(pod.Key.Namespace, name))));

    /// <summary>Begins anew to take note of changes.</summary>
    public void Heed()
    {
        _changedClaims.Clear();
        _hasMore = false;
    }

    public void SetClaim(ObjectKey key, DeviceClaimView? claim)
    {
        _changedClaims.Add(key);
        if (_claims.Remove(key, out var before))
        {
            Use.Remove(DevicesOf(before));
            _hasMore |= before.Allocation is not null && claim?.Allocation is null;
        }
        if (claim is not null)
        {
            _claims[key] = claim;
            Use.Add(DevicesOf(claim));
        }
        if (_assumed.TryGetValue(key, out var assumed) && (claim is null || claim.Metadata.Uid != assumed.Chosen.View.Metadata.Uid || claim.Allocation is not null))
            Unassume(key);
    }

    public void SetClass(string name, DeviceClassView? deviceClass)
    {
        _hasMore = true;
        StorageState.Set(_classes, name, deviceClass);
    }

    public void SetSlice(string name, DeviceSliceView? slice)
    {
        (_hasMore, _pools) = (true, null);
        StorageState.Set(_slices, name, slice);
    }

    public void SetRule(string name, DeviceTaintRuleView? rule)
    {
        (_hasMore, _pools) = (true, null);
        StorageState.Set(_rules, name, rule);
    }

    /// <summary>Whether a claim is being given devices.</summary>
    public bool IsAssumed(ObjectKey claim) => _assumed.ContainsKey(claim);

    /// <summary>A pod is given its devices: they are nobody else's from now on.</summary>
    public void Assume(PodDemand pod, DeviceChoice choice)
    {
        _choices[pod.Uid] = choice;
        Hold(pod, choice);
    }

    /// <summary>What a pod was given, which is to be written; null for nothing.</summary>
    public DeviceChoice? ChoiceOf(string pod) => _choices.GetValueOrDefault(pod);

    /// <summary>A pod is bound: all that was to be written for it is.</summary>
    public void Settle(string pod) => _choices.Remove(pod);

    /// <summary>Within a decision: what was chosen is nobody else's, until <see cref="LetGo"/>.</summary>
    public void Hold(PodDemand pod, DeviceChoice choice)
    {
        foreach (var chosen in choice.Claims)
            if (chosen.Allocation is not null)
            {
                _assumed[chosen.Key] = (pod.Uid, chosen);
                Use.Add(chosen.Devices);
            }
    }

    /// <summary>What was held is put back; nothing has changed by it.</summary>
    public void LetGo(DeviceChoice choice)
    {
        foreach (var chosen in choice.Claims)
            if (chosen.Allocation is not null)
                Unassume(chosen.Key);
    }

    /// <summary>What was given to a pod is there for others again, as far as it was not written: what was, is told by its watch.</summary>
    /// <param name="pod">The pod's UID.</param>
    /// <param name="written">The claims to which devices have been allocated for it.</param>
    public void TakeBack(string pod, IReadOnlyCollection<ObjectKey> written)
    {
        if (!_choices.Remove(pod, out var choice))
            return;
        foreach (var chosen in choice.Claims)
            if (!written.Contains(chosen.Key) && _assumed.TryGetValue(chosen.Key, out var assumed) && assumed.Pod == pod)
            {
                Unassume(chosen.Key);
                _hasMore = true;
            }
    }

    private void Unassume(ObjectKey claim)
    {
        if (_assumed.Remove(claim, out var assumed))
            Use.Remove(assumed.Chosen.Devices);
    }

    private static IEnumerable<DeviceTake> DevicesOf(DeviceClaimView claim)
    {
        foreach (var result in claim.Allocation?.Devices?.Results ?? [])
            if (result.AdminAccess != true)
                yield return new(new(result.Driver, result.Pool, result.Device), result.ShareID is null ? null : ShareOf(result));
    }

    private static Dictionary<(string, string), Quantity> ShareOf(DeviceResultView result)
    {
        var share = new Dictionary<(string, string), Quantity>();
        foreach (var (name, text) in result.ConsumedCapacity ?? [])
            if (Quantity.TryParse(text, out var amount))
                share[DeviceFacts.Qualified(name, result.Driver)] = amount;
        return share;
    }
}
