using Slipway.Api;

namespace Slipway.Client;

/// <summary>Brings what is to what is declared, one object at a time.</summary>
public interface IReconciler
{
    /// <summary>
    /// Compares and acts for one object. It sees only a key: the events behind it may be many or lost. It may be
    /// stopped at any line and called again.
    /// </summary>
    ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation);
}

/// <summary>When an object wants to be reconciled again although nothing changes.</summary>
/// <param name="Again">The delay; null when only a change matters.</param>
public readonly record struct Result(TimeSpan? Again)
{
    /// <summary>Nothing to do until something changes.</summary>
    public static Result Done => default;

    /// <summary>Reconcile again after this delay.</summary>
    public static Result After(TimeSpan delay) => new(delay);
}
