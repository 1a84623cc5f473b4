using Slipway.Storage.Tests.Contract;

namespace Slipway.Storage.Tests.Sqlite;

public sealed class SqliteStoreTests : StoreContract
{
    private readonly TemporaryDirectory _directory = new();

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(SqliteStore.Open(_directory.File("store.db")));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
